/** A gateway's SIP side whose trunks are watched, on the embedded server or another. */
import { createSipCalls, type SipCallsOptions, type TrunkCalls } from '../../../sip/call/index.ts';
import type { InboundCall, MessageWaiting, TrunkStatus } from '../../../sip/index.ts';
import { type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';
import { keptLog } from '../call/world.ts';
import { EMBEDDED, type EmbeddedOptions, type ServerUnderTest } from '../contract/servers.ts';

export interface Watched {
  readonly calls: TrunkCalls;
  readonly log: string[];
  /** Calls that came in. */
  readonly came: InboundCall[];
  readonly news: MessageWaiting[];
  trunk(name?: string): TrunkStatus;
  /** Settles with the status of a trunk once it is as wanted, now or later. */
  until(wanted: (status: TrunkStatus) => boolean, name?: string): Promise<TrunkStatus>;
  /** Settles when `wanted` says so; it is asked after each call and each piece of news. */
  heard(wanted: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function watched(
  trunks: readonly TrunkInput[],
  options: EmbeddedOptions & { readonly calls?: Partial<SipCallsOptions>; readonly on?: ServerUnderTest } = {},
): Promise<Watched> {
  const { logger, lines } = keptLog();
  const server = await (options.on ?? EMBEDDED).start(options, logger);
  const calls = await createSipCalls({
    connection: server.connection,
    trunks: trunks.map(trunkSettings),
    logger,
    ...options.calls,
  });
  server.embedded?.screen((request, source) => calls.mayTalk(request, source));
  const checks = new Set<() => void>();
  const check = (): void => {
    for (const one of [...checks]) one();
  };
  const came: InboundCall[] = [];
  const news: MessageWaiting[] = [];
  calls.onTrunkChange(check);
  calls.onMessagesWaiting((one) => {
    news.push(one);
    check();
  });
  calls.onCall((call) => {
    came.push(call);
    call.listen(() => check());
    check();
  });
  const settle = (wanted: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const one = (): void => {
        if (!wanted()) return;
        checks.delete(one);
        resolve();
      };
      checks.add(one);
      one();
    });
  const trunk = (name = trunks[0]?.name): TrunkStatus => {
    const found = calls.trunks().find((status) => status.name === name);
    if (found === undefined) throw new Error(`there is no trunk ${name}`);
    return found;
  };
  return {
    calls,
    log: lines,
    came,
    news,
    trunk,
    async until(wanted, name) {
      await settle(() => wanted(trunk(name)));
      return trunk(name);
    },
    heard: settle,
    async close() {
      await calls.close(0);
      await server.close();
    },
  };
}
