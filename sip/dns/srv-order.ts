import type { SrvRecord } from './types.ts';

/**
 * Orders SRV records as they are to be tried (RFC 2782, "Usage rules"): by priority, and within one priority at random
 * with the weights as odds. A record of weight 0 has a very small chance of coming first.
 * @param random gives numbers from 0 (inclusive) to 1 (exclusive), as Math.random
 */
export function orderSrv(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const byPriority = new Map<number, SrvRecord[]>();
  for (const record of records) {
    const group = byPriority.get(record.priority);
    if (group === undefined) byPriority.set(record.priority, [record]);
    else group.push(record);
  }
  return [...byPriority].sort(([a], [b]) => a - b).flatMap(([, group]) => orderByWeight(group, random));
}

function orderByWeight(group: readonly SrvRecord[], random: () => number): SrvRecord[] {
  // RFC 2782: those of weight 0 stand first, so that they are chosen only by a draw of 0.
  const left = [...group].sort((a, b) => Math.sign(a.weight) - Math.sign(b.weight));
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, record) => sum + record.weight, 0);
    const draw = Math.floor(random() * (total + 1));
    let sum = 0;
    const chosen = left.findIndex((record) => {
      sum += record.weight;
      return sum >= draw;
    });
    ordered.push(...left.splice(Math.max(chosen, 0), 1));
  }
  return ordered;
}
