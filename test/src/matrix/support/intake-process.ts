/**
 * A process that can be killed: the Matrix side with a store in a file. For each invite it does what the gateway does (the
 * journal first, then the effect) and writes down the effect; at its start it writes down the calls that died.
 * Arguments: store, port, file for the effects.
 */
import { appendFileSync } from 'node:fs';
import Fastify from 'fastify';
import pino from 'pino';
import { createMatrixSide } from '../../../../src/matrix/index.ts';
import { openStore } from '../../../../src/store/index.ts';

const [storeFile = '', port = '', effects = '', settings = ''] = process.argv.slice(2);
const store = await openStore({ path: storeFile });
const side = createMatrixSide({
  settings: JSON.parse(settings),
  store,
  clock: {
    now: () => Date.now(),
    after(delayMs, task) {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
  },
  logger: pino({ level: 'silent' }),
  homeserver: { request: async () => ({}) },
  numbers: { isDialable: () => true, displayName: (text) => text },
  permissions: { mayCall: () => true },
});
for (const call of await store.liveCalls.live()) {
  appendFileSync(effects, `interrupted ${call.callId}\n`);
  await store.liveCalls.closed(call.callRef);
}
const http = Fastify();
await http.register(side.plugin);
await side.start({
  async onCallEvent(event, { ghost }) {
    const callRef = `ref-${event.callId}`;
    await store.liveCalls.opened({
      callRef,
      roomId: event.roomId,
      callId: event.callId,
      ghost,
      caller: event.sender,
      partyId: 'gw',
      version: '1',
      openedAt: Date.now(),
      matrixAnswered: false,
    });
    appendFileSync(effects, `rung ${event.callId}\n`);
    setTimeout(() => void store.liveCalls.closed(callRef), 20);
  },
});
await http.listen({ port: Number(port), host: '127.0.0.1' });
process.send?.('ready');
