/** The provisioning API, as a program of an administrator uses it. */
import type { House } from './house.ts';

const TOKEN = 'a-token-of-24-characters-or-more';

/** For the configuration. */
export const API_CONFIG = {
  enabled: true,
  tokens: [{ name: 'test', token: TOKEN, access: 'administrator' }],
} as const;

type Json = Readonly<Record<string, unknown>>;

/** @throws what the API says when it does not do it */
export async function ask(house: House, method: string, path: string, body?: Json): Promise<Json> {
  const reply = await fetch(`${house.gateway.url}/_trunkline/v1${path}`, {
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
export async function importDeck(house: House, deck: string, perMinute: string): Promise<void> {
  const csv = `prefix,name,per_minute,connect_fee,first_s,next_s\n44,Britain,${perMinute},0,1,1\n`;
  await ask(house, 'POST', `/decks/${deck}/imports`, { csv });
}

export async function topUp(house: House, user: string, amount: string): Promise<void> {
  await ask(house, 'POST', `${userPath(user)}/credit/topups`, { amount });
}
