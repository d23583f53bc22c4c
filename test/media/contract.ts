/** What every media engine must do, as scenarios that run against any of them. */

import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import type { MediaEngine } from '../../media/index.ts';
import { BrowserPeer } from './browser-peer.ts';
import { connecting } from './contract/connecting.ts';
import { digits } from './contract/digits.ts';
import { guarding } from './contract/guarding.ts';
import { holding } from './contract/holding.ts';
import { inviting } from './contract/inviting.ts';
import { joining } from './contract/joining.ts';
import { playing } from './contract/playing.ts';
import { ringing } from './contract/ringing.ts';
import { srtp } from './contract/srtp.ts';
import { talking } from './contract/talking.ts';
import { TestCall } from './contract/test-call.ts';
import { warning } from './contract/warning.ts';
import type { Traits, World } from './contract/world.ts';

const SCENARIOS = {
  connecting,
  inviting,
  talking,
  ringing,
  holding,
  joining,
  playing,
  warning,
  digits,
  srtp,
  guarding,
};

/** Registers the scenarios. `create` starts an engine that binds to loopback, `openBrowser` a client for each of them. */
export function describeMediaEngine(
  name: string,
  create: () => Promise<MediaEngine>,
  traits: Traits = { relaysPackets: true },
  openBrowser = () => new BrowserPeer(),
): void {
  describe(name, () => {
    const world = { traits } as World;

    beforeAll(async () => {
      world.engine = await create();
    });
    afterAll(() => world.engine.close());
    beforeEach(async () => {
      world.call = await TestCall.open(world.engine, openBrowser());
    });
    afterEach(() => world.call.close());

    for (const [group, register] of Object.entries(SCENARIOS)) describe(group, () => register(world));
  });
}
