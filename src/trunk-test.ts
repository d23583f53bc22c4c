/** `trunkline trunk test`: the trunk of the configuration and the parts that look at it, put together. */
import { pino } from 'pino';
import type { Config } from '../config/index.ts';
import { type Finding, testTrunk } from '../sip/trunk-test/index.ts';
import { sipServerSettings, trunksOf } from './gateway-settings/index.ts';
import { ownAddressTowards } from './own-address.ts';

/**
 * Looks at one trunk from this machine. A gateway that runs here is not disturbed.
 * @param report hears of each step as it is done
 * @returns whether nothing is wrong
 * @throws RangeError when the configuration has no trunk of this name
 */
export async function testConfiguredTrunk(
  config: Config,
  name: string,
  report: (finding: Finding) => void,
): Promise<boolean> {
  const trunk = trunksOf(config).find((each) => each.name === name);
  if (trunk === undefined) throw new RangeError(`there is no trunk of the name ${name}`);
  const server = sipServerSettings(config, await ownAddressTowards(trunk.host));
  // What goes wrong is said in the findings.
  return testTrunk({ trunk, server, logger: pino({ level: 'silent' }) }, report);
}
