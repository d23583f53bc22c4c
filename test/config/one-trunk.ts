/** A configuration around one trunk. */
import { stringify } from 'yaml';
import { type Config, loadConfig } from '../../config/index.ts';

/** What every configuration needs besides its trunks. */
export const REST = {
  homeserver: { url: 'http://localhost:8008', domain: 'example.org' },
  appservice: { url: 'http://localhost:9993' },
  ghosts: { gateway_host: 'sip.example.org' },
  permissions: { call_out: ['@*:example.org'] },
  numbers: { region: 'GB' },
};

/** @throws ConfigError; secret files all hold `secret` */
export function configWithTrunk(trunk: unknown): Config {
  const text = stringify({ ...REST, trunks: [trunk] });
  return loadConfig({ file: '/etc/trunkline.yaml', text, readFile: () => 'secret' });
}
