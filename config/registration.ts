/** The registration: the file that tells the homeserver about Trunkline and holds the tokens of both. */
import { isMap, isSeq, parseDocument, stringify } from 'yaml';
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

interface Namespace {
  /** As it is written into the file. */
  readonly regex: string;
  /** A user ID that must be in it. */
  readonly sample: string;
}

/** The user IDs that belong to Trunkline alone. */
function ghostNamespaces({ ghosts, homeserver }: Config): readonly Namespace[] {
  const { domain } = homeserver;
  return [
    {
      regex: namespaceOf(ghosts.prefix, domain),
      sample: `@${ghosts.prefix}01818118181=40${ghosts.gateway_host}:${domain}`,
    },
    { regex: namespaceOf('.tel.', domain), sample: `@.tel.441818118181:${domain}` },
  ];
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
  // Typing, presence and receipts of every room: wanted only where telephones are told that their texts were read.
  const tellsRead = config.trunks.some(({ texts }) => texts.enabled && texts.receipts);
  if (tellsRead || !document.has('receive_ephemeral')) set('receive_ephemeral', tellsRead);
  completeNamespaces(document);
  for (const namespace of ghostNamespaces(config)) addNamespace(document, namespace, changes);
  return { text: document.toString({ lineWidth: 0 }), changes };
}

/**
 * What the second registration should hold (`rooms.join_users: as-user`): it covers the homeserver's own users, so that they
 * are joined to rooms in their name, and has no url, so that the homeserver sends nothing for it. Its token is kept.
 * @throws RegistrationError when `existing` is not a registration
 */
export function planJoinRegistration(
  config: Config,
  existing: string | undefined,
  newToken: () => string,
): RegistrationPlan {
  const { appservice, homeserver } = config;
  const had = existing === undefined ? {} : readMap(existing);
  const token = (name: string) => (typeof had[name] === 'string' && had[name] !== '' ? had[name] : newToken());
  const wanted: Record<string, unknown> = {
    id: `${appservice.id}-users`,
    // Without an address nothing is pushed: every room of every user would be, otherwise.
    url: null,
    as_token: token('as_token'),
    hs_token: token('hs_token'),
    sender_localpart: `${appservice.sender_localpart}-users`,
    rate_limited: false,
    namespaces: {
      users: [{ exclusive: false, regex: `^@.*:${escaped(homeserver.domain)}$` }],
      aliases: [],
      rooms: [],
    },
  };
  const changes = Object.entries(wanted)
    .filter(([name, value]) => JSON.stringify(had[name]) !== JSON.stringify(value))
    .map(([name, value]) => (name.endsWith('_token') ? `${name} made` : `${name}: ${JSON.stringify(value)}`));
  return { text: stringify({ ...had, ...wanted }, { lineWidth: 0 }), changes };
}

/**
 * The token of the second registration.
 * @throws RegistrationError when it is not one, or not for the users of this homeserver
 */
export function readJoinToken(config: Config, text: string): string {
  const { changes } = planJoinRegistration(config, text, () => 'missing');
  if (changes.length > 0) {
    throw new RegistrationError(
      `it is not what rooms.join_users: as-user needs (${changes.join('; ')}); run \`trunkline registration\`, then restart the homeserver`,
    );
  }
  return String(readMap(text).as_token);
}

function readMap(text: string): Record<string, unknown> {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new RegistrationError('it is there but is not a registration in YAML; move it away or give another file');
  }
  return document.toJS() as Record<string, unknown>;
}

/** Makes the three lists of namespaces where there is nothing. */
function completeNamespaces(document: ReturnType<typeof parseDocument>): void {
  const namespaces = document.get('namespaces');
  if (namespaces === undefined || namespaces === null) document.set('namespaces', document.createNode({}));
  else if (!isMap(namespaces))
    throw new RegistrationError('its namespaces are no section with lists; repair it by hand');
  for (const kind of ['users', 'aliases', 'rooms']) {
    const list = document.getIn(['namespaces', kind]);
    if (list === undefined || list === null) document.setIn(['namespaces', kind], document.createNode([]));
    else if (!isSeq(list)) throw new RegistrationError(`its namespaces.${kind} is no list; repair it by hand`);
  }
}

/** What is there stays, in its order; what is missing is put in front. */
function withOthers(data: unknown, wanted: readonly string[]): string[] {
  const had = (data as { protocols?: unknown } | null)?.protocols;
  const names = Array.isArray(had) ? had.filter((name) => typeof name === 'string') : [];
  return [...wanted.filter((name) => !names.includes(name)), ...names];
}

function addNamespace(document: ReturnType<typeof parseDocument>, wanted: Namespace, changes: string[]): void {
  const { namespaces } = document.toJS() as { namespaces: { users: { regex?: unknown; exclusive?: unknown }[] } };
  const entries = namespaces.users;
  // Written by hand it may be another expression for the same users.
  if (entries.some((entry) => entry?.exclusive === true && matches(entry.regex, wanted.sample))) return;
  const index = entries.findIndex((entry) => entry?.regex === wanted.regex);
  if (index === -1) {
    document.addIn(['namespaces', 'users'], document.createNode({ exclusive: true, regex: wanted.regex }));
    changes.push(`namespace of users added: ${wanted.regex}`);
  } else {
    document.setIn(['namespaces', 'users', index, 'exclusive'], true);
    changes.push(`namespace of users made exclusive: ${wanted.regex}`);
  }
}

/** As Synapse matches: from the beginning. */
function matches(regex: unknown, userId: string): boolean {
  if (typeof regex !== 'string') return false;
  try {
    return new RegExp(`^(?:${regex})`).test(userId);
  } catch {
    return false;
  }
}

/** What may differ from what `planRegistration` would write: it works, if not as well. The URL may lead through a proxy. */
const HARMLESS = ['url', 'rate_limited', 'receive_ephemeral'];

/**
 * The registration that `trunkline run` works with, and what of it is not as it should be.
 * @throws RegistrationError when it is not one, or not the one that `config` needs: the homeserver would then send nothing,
 *   or refuse the ghosts, and nobody would know why
 */
export function readRegistration(
  config: Config,
  text: string,
): { readonly registration: Registration; readonly notes: readonly string[] } {
  const { text: wanted, changes } = planRegistration(config, text, () => '');
  const isHarmless = (change: string) => HARMLESS.some((name) => change.startsWith(`${name} `));
  const faults = changes.filter((change) => !isHarmless(change));
  if (faults.length > 0) {
    throw new RegistrationError(
      `it is not what the configuration needs (${faults.join('; ')}); run \`trunkline registration\`, then restart the homeserver`,
    );
  }
  const data = parseDocument(wanted).toJS() as Record<'id' | 'as_token' | 'hs_token' | 'sender_localpart', string>;
  const { id, as_token: asToken, hs_token: hsToken, sender_localpart: senderLocalpart } = data;
  return { registration: { id, asToken, hsToken, senderLocalpart }, notes: changes.filter(isHarmless) };
}
