/** One trunk on a stack and a clock under the test's control. */
import type { TrunkStatus } from '../../../sip/index.ts';
import { type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';
import { LiveTrunk, type LiveTrunkParts } from '../../../sip/trunks/index.ts';
import { FakeClock, FakeStack, silent } from '../call/fakes.ts';

export function lone(more: Partial<TrunkInput> = {}, parts: Partial<LiveTrunkParts> = {}) {
  const clock = new FakeClock();
  const stack = new FakeStack();
  const changes: TrunkStatus[] = [];
  const trunk: LiveTrunk = new LiveTrunk({
    settings: trunkSettings({ name: 'a', host: '192.0.2.1', ...more }),
    stack,
    clock,
    epochMs: () => 1_000_000 + clock.now(),
    random: () => 0,
    logger: silent,
    onChange: () => changes.push(trunk.status(0)),
    onContact: () => undefined,
    certificate: async () => 42,
    onMessages: () => undefined,
    ...parts,
  });
  return { clock, stack, trunk, changes };
}
