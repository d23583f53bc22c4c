/**
 * What an operation is: one thing that users or administrators do, with one meaning in the chat with the gateway, on the command
 * line and in the provisioning API. It takes plain data, gives plain data, and says it in words.
 */
import { z } from 'zod';
import { OperationError } from './errors.ts';
import { faultsInWords, faultsOf } from './faults.ts';
import { userId } from './fields.ts';
import type { OperationParts } from './parts.ts';

/**
 * `own`: users for themselves, administrators for anybody. `read`: administrators, and tokens that may only look. `administrator`:
 * administrators alone. Tokens that may only look may also see what is `own` and changes nothing.
 */
export type Access = 'own' | 'read' | 'administrator';

export type Caller =
  | {
      readonly kind: 'user';
      readonly user: string;
      readonly isAdministrator: boolean;
    }
  /** Of the provisioning API. */
  | { readonly kind: 'token'; readonly name: string; readonly access: 'administrator' | 'read' }
  /** Whoever may read the configuration. */
  | { readonly kind: 'cli' };

export interface OperationContext {
  readonly caller: Caller;
  /** The same for each repeat of one request, and for no other: what was done under it is not done again. */
  readonly key: string;
  readonly parts: OperationParts;
}

export interface OwnContext extends OperationContext {
  /** Whom it is about. */
  readonly user: string;
}

/** What words are said to whom. */
export interface Speech {
  /** A number as the reader writes it. */
  showNumber(number: string): string;
  /** ms since 1970 as the reader reads it. */
  showTime(at: number): string;
  /** Whether the reader is the one whom it is about. */
  readonly isOwn: boolean;
}

/** Where it is in the provisioning API, below `/_trunkline/v1`. */
export interface HttpForm {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /**
   * `/users/{user}/credit`: what is in braces is a field of the input. The others are in the query (GET, DELETE) or in a body of
   * JSON.
   */
  readonly path: string;
}

/** How it is written in the chat, and on the command line. */
export interface CommandForm {
  /** All of them are known everywhere. Help in the chat shows the first, that of the command line the last. */
  readonly names: readonly [string, ...string[]];
  readonly usage: readonly Usage[];
  /** A file belongs to it: what its text is in the input. In the chat it is the one that is answered to. */
  readonly file?: string;
  /**
   * The input that the words behind the name mean; undefined: they mean nothing. A user's ID in front of them is already taken
   * off where the operation is `own`.
   * @param words without white space, as they were written
   * @throws OperationError with words where it is clear what is wrong
   */
  read(words: readonly string[], said: Said): Readonly<Record<string, unknown>> | undefined;
}

export interface Usage {
  /** What follows the name: `USER AMOUNT [NOTE]`. */
  readonly arguments: string;
  readonly does: string;
  /** The arguments of an example that can be typed like this. */
  readonly example: string;
}

/** Around the words of a command. */
export interface Said {
  /** Behind the name, as it was written. */
  readonly rest: string;
  /** The room in which it was written, where that is one: the chat with a number, or a room of several people. */
  readonly chat?: string;
  readonly room?: string;
}

/** What is too long for one answer: it is handed on piece by piece. */
export interface Download {
  readonly mediaType: string;
  readonly fileName: string;
  readonly chunks: AsyncIterable<string>;
}

export interface Operation<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodType = z.ZodType> {
  /** `credit.show`: noun and verb. */
  readonly name: string;
  /** One sentence without its full stop: for help, and for the description of the API. */
  readonly summary: string;
  readonly access: Access;
  /** Only a gateway that runs can do it: it needs the telephone, or Matrix. */
  readonly live: boolean;
  readonly changes: boolean;
  readonly input: Input;
  readonly output: Output;
  readonly http: HttpForm;
  /** Absent: only programs need it. */
  readonly command?: CommandForm;
  /** @throws OperationError with words */
  run(context: OperationContext, input: z.output<Input>): Promise<z.output<Output>>;
  /** What it gives is this, and `run` gives a summary of it. */
  download?(context: OperationContext, input: z.output<Input>): Download;
  /** What came of it, in words: one line, or a few. */
  words(output: z.output<Output>, speech: Speech): string;
}

type Common<Output extends z.ZodType> = Pick<
  Operation<z.ZodObject, Output>,
  'name' | 'summary' | 'changes' | 'output' | 'http' | 'command' | 'words'
> & { readonly live?: boolean };

/** One for administrators, or for those who may look. */
export function operation<Input extends z.ZodObject, Output extends z.ZodType>(
  spec: Common<Output> & {
    readonly access: 'read' | 'administrator';
    readonly input: Input;
    run(context: OperationContext, input: z.output<Input>): Promise<z.output<Output>>;
    download?(context: OperationContext, input: z.output<Input>): Download;
  },
): Operation<Input, Output> {
  return { live: false, ...spec };
}

/** One that users do for themselves: its input has a `user`, whom only administrators may set to somebody else. */
export function ownOperation<Shape extends z.ZodRawShape, Output extends z.ZodType>(
  spec: Common<Output> & {
    readonly input: Shape;
    run(context: OwnContext, input: z.output<z.ZodObject<Shape>>): Promise<z.output<Output>>;
  },
): Operation {
  const { run, input, ...rest } = spec;
  return {
    live: false,
    ...rest,
    access: 'own',
    input: z.object({ user: userId().optional().describe('Whom it is about; by default who asks.'), ...input }),
    run(context, { user, ...own }) {
      return run({ ...context, user: whose(context.caller, user as string | undefined) }, own as never);
    },
  } as Operation;
}

function whose(caller: Caller, named: string | undefined): string {
  if (named !== undefined) return named;
  if (caller.kind === 'user') return caller.user;
  throw new OperationError('invalid', 'Say whose: give the user’s Matrix ID.');
}

/**
 * Does it, if the caller may.
 * @param input as it came: it is checked here
 * @throws OperationError with words for the caller; other errors are the gateway's own trouble
 */
export async function execute<Input extends z.ZodObject, Output extends z.ZodType>(
  operation: Operation<Input, Output>,
  input: unknown,
  context: OperationContext,
): Promise<z.output<Output>> {
  return operation.run(context, admitted(operation, input, context));
}

/**
 * What is checked before anything is done: whether the caller may, whether it can be done here, and the input.
 * @throws OperationError
 */
export function admitted<Input extends z.ZodObject>(
  operation: Operation<Input>,
  input: unknown,
  { caller, parts }: Pick<OperationContext, 'caller' | 'parts'>,
): z.output<Input> {
  // First: who may not do it learns nothing of what it takes.
  if (!mayDo(operation, caller)) throw new OperationError('forbidden', FORBIDDEN);
  const read = operation.input.safeParse(input);
  if (!read.success) {
    const faults = faultsOf(read.error);
    throw new OperationError('invalid', faultsInWords(faults), { faults });
  }
  const about = (read.data as { readonly user?: unknown }).user;
  if (operation.access === 'own' && caller.kind === 'user' && about !== undefined && about !== caller.user) {
    if (!caller.isAdministrator) throw new OperationError('forbidden', FORBIDDEN);
  }
  if (operation.live && parts.live === undefined)
    throw new OperationError('unavailable', 'Only a gateway that runs can do this.');
  return read.data;
}

const FORBIDDEN = 'Only administrators may do this.';

/** Whether this caller may do it at all: for help, too. */
export function mayDo({ access, changes }: Pick<Operation, 'access' | 'changes'>, caller: Caller): boolean {
  switch (caller.kind) {
    case 'cli':
      return true;
    case 'token':
      return caller.access === 'administrator' || (access !== 'administrator' && !changes);
    case 'user':
      return access === 'own' || caller.isAdministrator;
    default:
      return caller satisfies never;
  }
}

/** How whoever did something is written down. */
export function actorOf(caller: Caller): string {
  switch (caller.kind) {
    case 'cli':
      return 'cli';
    case 'token':
      return `token ${caller.name}`;
    case 'user':
      return caller.user;
    default:
      return caller satisfies never;
  }
}
