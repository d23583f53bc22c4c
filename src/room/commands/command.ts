/** What a command is. Commands are pure: they say what to answer and what to store; `matrix/` does it. */

/** A user's choice, as it is stored; without a value it is as if it had never been made. */
export interface Choice {
  readonly name: string;
  readonly value?: string;
}

/** What has to be done before there is anything to answer. */
export type CommandAction =
  /** `said`: whom, and what. */
  | { readonly kind: 'sms'; readonly said: string }
  /** `of`: a number or a name; absent: the number of this chat. */
  | { readonly kind: 'name'; readonly of?: string; readonly name: string }
  | { readonly kind: 'unname'; readonly of?: string }
  | { readonly kind: 'names' | 'texts' | 'resend' | 'accept' }
  | { readonly kind: 'group'; readonly relays: boolean };

export interface CommandResult {
  /** Nothing when there is something to do first. */
  readonly reply: string;
  readonly set?: readonly Choice[];
  readonly act?: CommandAction;
}

/** What a command may know. */
export interface CommandContext {
  /** What the user chose in general, by name. */
  readonly choices: ReadonlyMap<string, string>;
  /** What was written after the command's name, as it was written. */
  readonly said?: string;
  /** Whether it was written in a chat with numbers. */
  readonly inChat?: boolean;
}

export interface Command {
  readonly name: string;
  /** One line for each way to use it, with what it does. */
  readonly help: readonly { readonly usage: string; readonly does: string }[];
  /** `undefined`: used in a way that it does not know; its help is shown. */
  run(words: readonly string[], context: CommandContext): CommandResult | undefined;
}
