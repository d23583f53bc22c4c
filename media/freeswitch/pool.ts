/** Which server of the pool gets the next session: a decision on plain data. */

export interface PoolMember {
  readonly isUp: boolean;
  readonly isDraining: boolean;
  /** In proportion to its weight. */
  readonly load: number;
}

/** The one with the least load of those that are up and not draining; of equals the first. */
export function chooseServer<T extends PoolMember>(servers: readonly T[]): T | undefined {
  return servers
    .filter((server) => server.isUp && !server.isDraining)
    .reduce<T | undefined>((best, server) => (best && best.load <= server.load ? best : server), undefined);
}
