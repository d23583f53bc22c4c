/** The registration: the file that tells the homeserver about Trunkline and holds the tokens of both. */
import { isMap, isSeq, parseDocument } from 'yaml';
import type { Config } from './schema/index.ts';

/** Clients ask for either name (MSC2845's, and the one of Element before it). */
export const PROTOCOLS = ['m.protocol.pstn', 'im.vector.protocol.pstn'] as const;

export interface Registration {
  readonly id: string;
  /** What Trunkline shows to the homeserver. */
  readonly asToken: string;
  /** What the homeserver shows to Trunkline. */
  readonly hsToken: string;
  readonly senderLocalpart: string;
}

/** The file is not a registration, or not the one that this configuration needs. `message` says what to do. */
export class RegistrationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistrationError';
  }
}

export interface RegistrationPlan {
  /** The whole file. */
  readonly text: string;
  /** What differs from the file that was there, each in words; empty when nothing does. Never a token. */
  readonly changes: readonly string[];
}

/** A namespace of users that begin with `start`, of this server only. Homeservers differ in whether they anchor, so it does. */
function namespaceOf(start: string, domain: string): string {
  return `^@${escaped(start)}.*:${escaped(domain)}$`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The regular expressions of the user IDs that belong to Trunkline alone. */
export function ghostNamespaces({ ghosts, homeserver }: Pick<Config, 'ghosts' | 'homeserver'>): readonly string[] {
  return [namespaceOf(ghosts.prefix, homeserver.domain), namespaceOf('.tel.', homeserver.domain)];
}

/**
 * What the registration file should hold. Tokens, comments, other namespaces and other fields of a file that is there are
 * kept.
 * @param existing content of the file that is there
 * @param newToken makes a token that nobody can guess
 * @throws RegistrationError when `existing` is not a registration, so that nothing of it is lost
 */
export function planRegistration(
  config: Config,
  existing: string | undefined,
  newToken: () => string,
): RegistrationPlan {
  const document = parseDocument(existing ?? '', { prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) {
    throw new RegistrationError('it is there but is not a registration in YAML; move it away or give another file');
  }
  const changes: string[] = [];
  const set = (name: string, wanted: unknown) => {
    const had: unknown = document.has(name) ? (document.toJS() as Record<string, unknown>)[name] : undefined;
    if (JSON.stringify(had) === JSON.stringify(wanted)) return;
    const words = had === undefined ? `${name} added` : `${name} changed from ${JSON.stringify(had)}`;
    changes.push(`${words}: ${JSON.stringify(wanted)}`);
    document.set(name, wanted);
  };
  const { appservice } = config;
  set('id', appservice.id);
  set('url', appservice.url);
  for (const name of ['as_token', 'hs_token']) {
    const held = document.get(name);
    if (typeof held === 'string' && held !== '') continue;
    document.set(name, newToken());
    changes.push(`${name} made`);
  }
  set('sender_localpart', appservice.sender_localpart);
  // A gateway sends many events in little time: each call is a dozen.
  set('rate_limited', false);
  set('protocols', withOthers(document.toJS() as unknown, PROTOCOLS));
  // Nothing of this release listens to typing, presence or receipts.
  if (!document.has('receive_ephemeral')) set('receive_ephemeral', false);
  const users = document.getIn(['namespaces', 'users']);
  if (!isSeq(users)) document.setIn(['namespaces', 'users'], document.createNode([]));
  for (const regex of ghostNamespaces(config)) addNamespace(document, regex, changes);
  for (const kind of ['aliases', 'rooms']) {
    if (!document.hasIn(['namespaces', kind])) document.setIn(['namespaces', kind], document.createNode([]));
  }
  return { text: document.toString({ lineWidth: 0 }), changes };
}

function withOthers(data: unknown, wanted: readonly string[]): string[] {
  const had = (data as { protocols?: unknown } | null)?.protocols;
  const others = Array.isArray(had) ? had.filter((name) => typeof name === 'string' && !wanted.includes(name)) : [];
  return [...wanted, ...others];
}

function addNamespace(document: ReturnType<typeof parseDocument>, regex: string, changes: string[]): void {
  const { namespaces } = document.toJS() as { namespaces: { users: { regex?: unknown; exclusive?: unknown }[] } };
  const index = namespaces.users.findIndex((entry) => entry?.regex === regex);
  if (index === -1) {
    document.addIn(['namespaces', 'users'], document.createNode({ exclusive: true, regex }));
    changes.push(`namespace of users added: ${regex}`);
  } else if (namespaces.users[index]?.exclusive !== true) {
    document.setIn(['namespaces', 'users', index, 'exclusive'], true);
    changes.push(`namespace of users made exclusive: ${regex}`);
  }
}

/**
 * The registration that `trunkline run` works with.
 * @throws RegistrationError when it is not one, or when it is not what `planRegistration` would write for `config`: the
 *   homeserver would then send nothing, or refuse the ghosts, and nobody would know why
 */
export function readRegistration(config: Config, text: string): Registration {
  const { text: wanted, changes } = planRegistration(config, text, () => '');
  // The URL may differ: a proxy may stand between, and the homeserver's copy of the file is the one that counts.
  const faults = changes.filter((change) => !change.startsWith('url changed'));
  if (faults.length > 0) {
    throw new RegistrationError(
      `it is not what the configuration needs (${faults.join('; ')}); run \`trunkline registration\`, then restart the homeserver`,
    );
  }
  const data = parseDocument(wanted).toJS() as Record<'id' | 'as_token' | 'hs_token' | 'sender_localpart', string>;
  return { id: data.id, asToken: data.as_token, hsToken: data.hs_token, senderLocalpart: data.sender_localpart };
}
