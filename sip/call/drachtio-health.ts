/** What administrators are told of the SIP servers. */
import type { DrachtioListener } from './drachtio-listener.ts';
import type { DrachtioServer } from './drachtio-server.ts';
import { faultWords, type LinkFault } from './drachtio-settings.ts';

/** One server, as administrators see it. */
export interface SipServerHealth {
  readonly name: string;
  readonly connected: boolean;
  /** In words. */
  readonly detail: string;
  /** The server's version, as it said when it was last connected. */
  readonly version: string | undefined;
  /** `udp/192.0.2.1:5060,…`: where the server listens for SIP. */
  readonly endpoints: string | undefined;
  /** Connections lost since the start. */
  readonly lost: number;
}

export interface DrachtioHealth {
  /** Whether any server is there: calls can be placed. */
  readonly connected: boolean;
  readonly servers: readonly SipServerHealth[];
  /** Whether servers may connect to us: then none being there may only mean that no call has come yet. */
  readonly listening: boolean;
  /** Connections lost since the start, of all servers. */
  readonly lost: number;
}

/** What is known of one server, whether we connect to it or it to us. Its index stands in the names of its dialogs. */
export interface KnownServer {
  readonly index: number;
  readonly name: string;
  version: string | undefined;
  endpoints: string | undefined;
}

/** The servers that we connect to, as configured, then those that have connected to us. */
export function healthOf(
  servers: readonly DrachtioServer[],
  listener: DrachtioListener | undefined,
  known: readonly KnownServer[],
): DrachtioHealth {
  const facts = (name: string): Pick<SipServerHealth, 'name' | 'version' | 'endpoints'> => {
    const found = known.find((one) => one.name === name);
    return { name, version: found?.version, endpoints: found?.endpoints };
  };
  const ours = servers.map((server): SipServerHealth => {
    const connected = server.link?.up ?? false;
    const detail = detailOf(server.name, connected, server.fault);
    return { ...facts(server.name), connected, detail, lost: server.lost };
  });
  const callers = [...(listener?.callers ?? [])].map(
    ([address, { links, lost }]): SipServerHealth => ({
      ...facts(address),
      connected: [...links].some((link) => link.up),
      detail: `${address} has ${links.size === 1 ? 'one connection' : `${links.size} connections`} here.`,
      lost,
    }),
  );
  const all = [...ours, ...callers];
  return {
    connected: all.some(({ connected }) => connected),
    servers: all,
    listening: listener !== undefined && listener.error === undefined,
    lost: all.reduce((sum, { lost }) => sum + lost, 0),
  };
}

function detailOf(name: string, up: boolean, fault: LinkFault | undefined): string {
  if (up) return `${name} is connected.`;
  if (fault === undefined) return `${name} is being connected to.`;
  const words = faultWords(fault);
  return `${name} ${words}${words.endsWith('?') ? '' : '.'}`;
}
