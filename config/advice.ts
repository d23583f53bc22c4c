/** What is no fault, but probably not meant: told by `config check` and in the log at start. */
import { isThisMachine } from './check/index.ts';
import type { Config } from './schema/index.ts';

/** One sentence for each thing that should be looked at. */
export function adviceOn(config: Config): readonly string[] {
  return [
    ...onMoney(config),
    ...onPrices(config),
    ...onLines(config),
    ...onNumbers(config),
    ...onTexts(config),
    ...onSecrets(config),
    ...onReach(config),
  ];
}

function* onMoney({ permissions, homeserver }: Config): Generator<string> {
  const open = permissions.call_out.filter((entry) => isElsewhere(entry, homeserver.domain));
  if (open.length > 0) {
    yield `permissions.call_out lets people of other servers call at your expense: ${open.join(', ')}`;
  }
  if (permissions.call_out.length === 0) yield 'permissions.call_out is empty: nobody can call';
}

/** Who pays, and for what. */
function* onPrices({ credit, rates, trunks, smpp, permissions, rooms }: Config): Generator<string> {
  const carriers = [...trunks, ...smpp];
  const free = carriers.filter(({ rates: deck }) => deck === undefined).map(({ name }) => name);
  const isAllFree = free.length === carriers.length;
  const margin = Object.values(rates.margin).some((part) => Number(part) > 0);
  const charges = credit.default !== 'free' || credit.users.some(({ kind }) => kind !== 'free');
  if (isAllFree && (margin || rates.selling_deck !== undefined)) {
    yield 'rates is set, but no trunk has a deck (trunks[].rates): nothing costs anything';
  }
  if (isAllFree && charges) yield 'credit is set, but no trunk has a deck (trunks[].rates): nothing costs anything';
  if (!isAllFree && charges) {
    for (const name of free) yield `trunk ${name} has no deck (rates): whoever calls or writes by it pays nothing`;
  }
  if (margin && rates.selling_deck !== undefined) {
    yield 'rates.margin is not asked, because rates.selling_deck says what users pay';
  }
  if (charges && permissions.administrators.length === 0 && rooms.administrators === undefined) {
    yield 'nobody can top up credit by the bot: set permissions.administrators or rooms.administrators';
  }
}

/** Lines that are nobody's alone. */
function* onLines({ lines }: Config): Generator<string> {
  for (const [index, { users, control_room: room }] of lines.entries()) {
    if (room === undefined || users.length === 0) continue;
    yield `lines[${index}] belongs to its control room: its users (${users.join(', ')}) are not asked`;
  }
}

/** A room is a list that its administrators keep. */
function isElsewhere(entry: string, domain: string): boolean {
  return !/^[!#]/.test(entry) && !entry.endsWith(`:${domain}`);
}

/** Trunks write the numbers of calls in internationally, unless they are told to leave them as they are. */
function* onNumbers({ inbound, trunks }: Config): Generator<string> {
  if (trunks.some((trunk) => trunk.inbound.number_form === 'as-is')) return;
  const national = inbound.rules.flatMap(({ numbers }) => numbers.filter((number) => /^0\d{5,}$/.test(number)));
  if (national.length > 0) {
    yield `inbound.rules has ${national.join(', ')}: calls in are compared in international form, +44… say`;
  }
}

/** Who may write, and what the trunks carry. */
function* onTexts({ permissions, extensions, trunks, smpp, homeserver }: Config): Generator<string> {
  const carriers = [...trunks.filter(({ texts }) => texts.enabled), ...smpp].map(({ name }) => name);
  if (carriers.length === 0) {
    if (permissions.text_out !== undefined) {
      yield 'permissions.text_out is set, but no trunk carries texts: set texts.enabled of the trunk that does';
    }
    return;
  }
  const open = (permissions.text_out ?? []).filter((entry) => isElsewhere(entry, homeserver.domain));
  if (open.length > 0) {
    yield `permissions.text_out lets people of other servers write at your expense: ${open.join(', ')}`;
  }
  const silent = new Set(extensions.map(({ trunk }) => trunk).filter((name) => !carriers.includes(name)));
  for (const name of silent) {
    yield `trunk ${name} carries no texts: users with an extension there write as those who have none`;
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
