/** TURN URIs (RFC 7065) as the homeserver's `/voip/turnServer` gives them. */

import type { TurnServer } from '../../engine.ts';

export interface TurnChoice {
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly username: string;
  readonly password: string;
}

const ORDER: readonly TurnChoice['transport'][] = ['udp', 'tcp', 'tls'];

/** The best of the URIs: UDP before TCP before TLS. Undefined when none can be read. */
export function chooseTurn(server: TurnServer): TurnChoice | undefined {
  const choices = server.uris.flatMap((uri) => {
    const match = /^(turns?):(\[[0-9a-fA-F:]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(uri);
    if (!match?.[2]) return [];
    const isSecure = match[1]?.toLowerCase() === 'turns';
    const transport: TurnChoice['transport'] = isSecure ? 'tls' : match[4]?.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
    const port = match[3] ? Number(match[3]) : isSecure ? 5349 : 3478;
    const host = match[2].replace(/^\[|\]$/g, '');
    return [{ host, port, transport, username: server.username, password: server.password }];
  });
  return choices.sort((a, b) => ORDER.indexOf(a.transport) - ORDER.indexOf(b.transport))[0];
}
