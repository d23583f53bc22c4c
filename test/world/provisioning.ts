/** The provisioning API, as a program of an administrator uses it. */
const TOKEN = 'a-token-of-24-characters-or-more';

/** For the configuration. */
export const API_CONFIG = {
  enabled: true,
  tokens: [{ name: 'test', token: TOKEN, access: 'administrator' }],
} as const;

/** A gateway, in whatever world. */
export interface Provisioned {
  readonly gateway: { readonly url: string };
}

type Json = Readonly<Record<string, unknown>>;

/** @throws what the API says when it does not do it */
export async function ask(where: Provisioned, method: string, path: string, body?: Json): Promise<Json> {
  const reply = await fetch(`${where.gateway.url}/_trunkline/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Json);
}

export const userPath = (user: string): string => `/users/${encodeURIComponent(user)}`;

/** A deck in which a minute to Britain costs this, counted by the second. */
export async function importDeck(where: Provisioned, deck: string, perMinute: string): Promise<void> {
  const csv = `prefix,name,per_minute,connect_fee,first_s,next_s\n44,Britain,${perMinute},0,1,1\n`;
  await ask(where, 'POST', `/decks/${deck}/imports`, { csv });
}

export async function topUp(where: Provisioned, user: string, amount: string): Promise<void> {
  await ask(where, 'POST', `${userPath(user)}/credit/topups`, { amount });
}

export interface ShownMoney {
  readonly amount: string;
}

export interface ShownCall {
  readonly callRef: string;
  readonly user: string;
  readonly cause: string;
  readonly talkS: number;
  readonly price?: ShownMoney;
}

/** The latest first. */
export async function callsOf(where: Provisioned, user: string): Promise<readonly ShownCall[]> {
  return (await ask(where, 'GET', `${userPath(user)}/calls`)).calls as readonly ShownCall[];
}

export async function creditOf(
  where: Provisioned,
  user: string,
): Promise<{ readonly balance: ShownMoney; readonly held: ShownMoney }> {
  return (await ask(where, 'GET', `${userPath(user)}/credit`)) as never;
}

/** What is wrong with the ledger. */
export async function ledgerFaults(where: Provisioned): Promise<unknown> {
  return (await ask(where, 'GET', '/ledger/verification')).faults;
}
