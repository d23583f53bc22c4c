/** What is no fault, but probably not meant: told by `config check` and in the log at start. */
import { isThisMachine } from './check/index.ts';
import type { Config } from './schema/index.ts';

/** One sentence for each thing that should be looked at. */
export function adviceOn(config: Config): readonly string[] {
  return [...onMoney(config), ...onNumbers(config), ...onSecrets(config), ...onReach(config)];
}

function* onMoney({ permissions, homeserver }: Config): Generator<string> {
  // A room is a list that its administrators keep.
  const isElsewhere = (entry: string) => !/^[!#]/.test(entry) && !entry.endsWith(`:${homeserver.domain}`);
  const open = permissions.call_out.filter(isElsewhere);
  if (open.length > 0) {
    yield `permissions.call_out lets people of other servers call at your expense: ${open.join(', ')}`;
  }
  if (permissions.call_out.length === 0) yield 'permissions.call_out is empty: nobody can call';
}

/** Trunks write the numbers of calls in internationally, unless they are told to leave them as they are. */
function* onNumbers({ inbound, trunks }: Config): Generator<string> {
  if (trunks.some((trunk) => trunk.inbound.number_form === 'as-is')) return;
  const national = inbound.rules.flatMap(({ numbers }) => numbers.filter((number) => /^0\d{5,}$/.test(number)));
  if (national.length > 0) {
    yield `inbound.rules has ${national.join(', ')}: calls in are compared in international form, +44… say`;
  }
}

function* onSecrets({ trunks, homeserver }: Config): Generator<string> {
  for (const trunk of trunks) {
    if (trunk.srtp === 'off' || trunk.transport === 'tls') continue;
    yield `trunk ${trunk.name}: the keys of srtp travel in SIP, which transport ${trunk.transport} does not encrypt`;
  }
  const { protocol, hostname } = new URL(homeserver.url);
  if (protocol === 'http:' && !isThisMachine(hostname) && hostname.includes('.')) {
    yield `homeserver.url is http: the token travels over the network as it is`;
  }
}

function* onReach({ appservice, homeserver, dialer }: Config): Generator<string> {
  const reached = new URL(appservice.url).hostname;
  if (isThisMachine(appservice.listen.host) && !isThisMachine(reached)) {
    yield `appservice.url leads to ${reached}, but appservice.listen takes connections of this machine only: is there a proxy?`;
  }
  if (dialer.enabled && dialer.homeserver_url === undefined && isThisMachine(new URL(homeserver.url).hostname)) {
    yield `the dialer tells browsers that the homeserver is at ${homeserver.url}, which only works on this machine: set dialer.homeserver_url`;
  }
}
