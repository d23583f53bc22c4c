/** One stack over pretended servers, with a clock that stands still. Importing it sets each test up and clears up after it. */
import { afterEach, beforeEach, expect } from 'vitest';
import { DrachtioStack, type ServerEvent } from '../../../sip/call/drachtio.ts';
import type { DrachtioServerSettings, DrachtioSettings } from '../../../sip/call/drachtio-settings.ts';
import type { StackError, StackResponse } from '../../../sip/call/stack.ts';
import { FakeClock, settled } from './fakes.ts';
import { type PretendedOptions, PretendedServer } from './pretended-server.ts';
import { keptLog } from './world.ts';

/** Live bindings: each test gets its own. */
export let clock: FakeClock;
export let stack: DrachtioStack;
export let log: ReturnType<typeof keptLog>;
/** `up NAME` and `down NAME`. */
export let events: string[];
export let lastDown: ServerEvent | undefined;
const servers: PretendedServer[] = [];

beforeEach(() => {
  clock = new FakeClock();
  log = keptLog();
  events = [];
  lastDown = undefined;
});
afterEach(async () => {
  stack.close();
  for (const server of servers.splice(0)) await server.close();
});

/** A server that does what the test says; it is closed with the test. */
export async function server(options: PretendedOptions = {}): Promise<PretendedServer> {
  const made = await PretendedServer.open(options);
  servers.push(made);
  return made;
}

/** Begins to connect and to listen. */
export function open(settings: DrachtioSettings): void {
  stack = new DrachtioStack({ settings, logger: log.logger, clock, random: () => 0.5 });
  stack.onUp(({ server: name }) => events.push(`up ${name}`));
  stack.onDown((event) => {
    lastDown = event;
    events.push(`down ${event.server}`);
  });
}

/** How the pretended server is reached. */
export const to = (pretended: PretendedServer, more: Partial<DrachtioServerSettings> = {}): DrachtioServerSettings => ({
  host: '127.0.0.1',
  port: pretended.port,
  secret: 'open sesame',
  ...more,
});

export const eventually = (check: () => boolean): Promise<unknown> => expect.poll(check, { interval: 2 }).toBe(true);

/** Passes time until something is so: each step gives the sockets a turn. */
export async function passUntil(check: () => boolean, stepMs = 1_000, steps = 300): Promise<number> {
  for (let step = 1; step <= steps; step++) {
    await clock.pass(stepMs);
    await settled();
    if (check()) return step * stepMs;
  }
  throw new Error('it never came about');
}

export interface Sent {
  readonly responses: StackResponse[];
  readonly errors: StackError[];
}

/** Sends an INVITE; what comes of it is collected. */
export function invite(callId: string, more: { dialogId?: string; body?: string } = {}): Sent {
  const sent: Sent = { responses: [], errors: [] };
  stack.send(
    {
      method: 'INVITE',
      uri: 'sip:200@192.0.2.1',
      headers: { 'Call-ID': callId, From: '<sip:us@192.0.2.9>;tag=us' },
      ...more,
    },
    { response: (response) => sent.responses.push(response), error: (error) => sent.errors.push(error) },
    log.logger,
  );
  return sent;
}

/** The Call-IDs of what it was told to send. */
export const callIds = ({ requests }: PretendedServer): (string | undefined)[] =>
  requests.map(({ headers }) => headers.find(({ key }) => key === 'call-id')?.value);

/** How a request failed. */
export async function outcomeOf(sent: Sent): Promise<string | undefined> {
  await eventually(() => sent.errors.length > 0);
  return sent.errors[0]?.kind;
}
