/** Writes texts into a database as fast as it can, and says of each when it is on the disk; to be killed. */
import { type DatabaseOptions, openStore } from '../../../../src/store/index.ts';
import { arrival, delivery, fragment, room, user } from './samples.ts';

const [options = '', run = ''] = process.argv.slice(2);
const store = await openStore(JSON.parse(options) as DatabaseOptions);
const LANES = 7;
const pool = { name: 'main', numbers: Array.from({ length: 50 }, (_, n) => `+4416329609${n + 10}`), restMs: 1 };

async function writeOut(lane: number): Promise<void> {
  for (let n = 0; ; n++) {
    const ref = `out-${run}-${lane}-${n}`;
    await store.deliveries.add([
      delivery(ref, { lane: `lane ${lane}` }),
      delivery(`${ref}-b`, { lane: `lane ${lane}` }),
    ]);
    console.log(`added ${ref}`);
    if (n % 3 !== 0) continue;
    await store.deliveries.progressed(
      ref,
      { route: 0, partsAccepted: 1, partsTotal: 1, tries: 1, underWay: false, nextTryAt: 1 },
      { index: 1, transport: 'trunk', messageId: ref },
    );
    await store.deliveries.ended(ref, 'accepted');
  }
}

async function writeIn(lane: number): Promise<void> {
  const targets = [user('ada'), user('ben')].map((one) => ({ kind: 'user', user: one }) as const);
  for (let n = 0; ; n++) {
    const ref = `in-${run}-${lane}-${n}`;
    await store.arrivals.take(arrival(ref, { targets }));
    console.log(`taken ${ref}`);
    await store.arrivals.takeFragment(fragment(`${ref}-f`, 1, 1, { group: ref }));
    await store.arrivals.join(ref, [arrival(`${ref}-j`)]);
    console.log(`joined ${ref}`);
    const lent = await store.leases.lend(pool, user(`u${lane}`), `+44${run}${lane}${n}`, n);
    if (lent.kind === 'lent') console.log(`lent ${lent.number} +44${run}${lane}${n} ${user(`u${lane}`)}`);
    await store.conversations.used({
      roomId: room(`r${lane}`),
      telephone: `+44${n}`,
      ghost: user('ghost'),
      number: '',
      transport: 'trunk',
      lastAt: n,
    });
  }
}

await Promise.all(Array.from({ length: LANES }, (_, lane) => Promise.all([writeOut(lane), writeIn(lane)])));
