/** What is wrong with a trunk, for administrators: what it is and what to do. */
import { hostsOf, type TrunkSettings } from '../trunk/index.ts';

/** @returns whole sentences */
export function trunkDetail(why: 'silent' | 'busy', trunk: TrunkSettings): string {
  const where = `${hostsOf(trunk).join(', ')} by ${trunk.transport.toUpperCase()}`;
  switch (why) {
    case 'silent':
      return `Nobody answers at ${where}. Check host, port, transport, DNS and the firewall: \`trunkline trunk test ${trunk.name}\` looks at each.`;
    case 'busy':
      return 'The trunk wants no calls for a while (503 with Retry-After).';
    default:
      return why satisfies never;
  }
}
