/** Who is logged in: kept in the browser's localStorage until log-out. */
import { createClient, type MatrixClient } from 'matrix-js-sdk';

export interface Session {
  readonly homeserverUrl: string;
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

const KEY = 'trunkline.session';

/** The session of an earlier visit. */
export function storedSession(storage: Storage): Session | undefined {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? 'null');
    return isSession(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function storeSession(storage: Storage, session: Session): void {
  storage.setItem(KEY, JSON.stringify(session));
}

export function forgetSession(storage: Storage): void {
  storage.removeItem(KEY);
}

function isSession(value: unknown): value is Session {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return ['homeserverUrl', 'userId', 'accessToken', 'deviceId'].every((name) => typeof fields[name] === 'string');
}

/** Logs in with a password; rejects with the homeserver's MatrixError or the browser's network error. */
export async function logIn(homeserverUrl: string, user: string, password: string): Promise<Session> {
  const reply = await createClient({ baseUrl: homeserverUrl }).loginRequest({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password,
    initial_device_display_name: 'Trunkline dialer',
  });
  return { homeserverUrl, userId: reply.user_id, accessToken: reply.access_token, deviceId: reply.device_id };
}

/** A client for the session; nothing runs yet. */
export function clientFor(session: Session): MatrixClient {
  return createClient({
    baseUrl: session.homeserverUrl,
    userId: session.userId,
    accessToken: session.accessToken,
    deviceId: session.deviceId,
    fallbackICEServerAllowed: false,
  });
}
