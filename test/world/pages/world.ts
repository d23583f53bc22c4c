/** A database, the command line, the API and calls without telephones: what the examples of a page are run with. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { type Config, loadConfig, revenueShareRanges } from '../../../config/index.ts';
import { createOutboundDecision } from '../../../src/account/index.ts';
import {
  type AccountedCall,
  type Clock,
  type CreditEvent,
  englishCatalogue,
  type GatewayCause,
  type SentenceKey,
  type SentenceParameters,
} from '../../../src/call/index.ts';
import { operationParts, startMoney } from '../../../src/gateway-parts/index.ts';
import { accountRules, accountsOf } from '../../../src/gateway-settings/index.ts';
import { API_PREFIX, apiRoutes } from '../../../src/http/api/index.ts';
import { createHttpApp } from '../../../src/http/server.ts';
import { Started } from '../../../src/lifecycle.ts';
import type { CallId, MatrixUserId, RoomId } from '../../../src/matrix/index.ts';
import { formatAmount } from '../../../src/money.ts';
import { openDesk } from '../../../src/operate.ts';
import { OPERATIONS } from '../../../src/operations/index.ts';
import { inWords } from '../../../src/room/index.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { FakeClock, silent } from '../../src/call/fakes.ts';
import { runIn } from '../../src/cli/run-in.ts';
import { around } from '../../src/message/around.ts';
import { type Examples, shellWords } from './page.ts';

/** Monday, after breakfast. */
const MORNING = Date.UTC(2026, 2, 2, 10);
const TOKEN = 'token-of-an-example-0123456789';

/** What pages leave out. */
const BASE = {
  homeserver: { url: 'http://localhost:8008', domain: 'example.org' },
  appservice: { url: 'http://localhost:9993' },
  ghosts: { gateway_host: 'sip.example.org' },
  permissions: { call_out: ['@*:example.org'] },
  numbers: { region: 'GB' },
  trunks: [{ name: 'provider', host: 'sip.example.net' }],
};

const nobody = () => false;

export class PageWorld implements Examples {
  readonly #folder: string;
  readonly #time = new FakeClock();
  readonly #clock: Clock;
  readonly #store: string;
  #keys: Readonly<Record<string, unknown>> = BASE;
  #calls = 0;

  /** @param folder empty, for the files of the examples */
  constructor(folder: string) {
    this.#folder = folder;
    this.#store = join(folder, 'trunkline.sqlite');
    this.#time.advance(MORNING - this.#time.now());
    this.#clock = { now: () => this.#time.now(), after: (ms, task) => this.#time.after(ms, task) };
  }

  configure(yaml: string): void {
    const here = yaml.replaceAll(/\/run\/secrets\/([\w-]+)/g, (_whole, name: string) => {
      this.file(name, `secret-of-the-example-${name}`);
      return join(this.#folder, name);
    });
    this.#keys = { ...this.#keys, ...(parse(here) as object) };
    this.file('trunkline.yaml', stringify({ ...this.#keys, store: { path: this.#store } }));
  }

  file(name: string, content: string): void {
    writeFileSync(join(this.#folder, name), content);
  }

  async command(line: string): Promise<string> {
    this.#time.advance(60_000);
    await this.#withStore(async () => undefined);
    const { out, told } = await runIn(this.#folder, shellWords(line), {
      openDesk: (config) => openDesk(config, this.#clock),
    });
    return out + told;
  }

  async request(text: string): Promise<string> {
    this.#time.advance(60_000);
    const [head = '', body = ''] = text.split('\n\n');
    const [first = '', ...lines] = head.trimEnd().split('\n');
    const [method = '', url = ''] = first.split(' ');
    const headers = Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
    return this.#withStore(async (store, config) => {
      const parts = operationParts({ config, store, isMember: nobody, clock: this.#clock, logger: silent });
      const plugin = apiRoutes({
        operations: OPERATIONS,
        parts: () => parts,
        tokens: [{ name: 'billing', token: TOKEN, access: 'administrator' }],
        isAdministrator: nobody,
        logger: silent,
      });
      const app = createHttpApp({ bodyLimit: 100_000, logger: silent, mounts: [{ prefix: API_PREFIX, plugin }] });
      const answer = await app.inject({
        method: method as 'GET',
        url,
        headers: { ...headers, authorization: `Bearer ${TOKEN}` },
        ...(body.trim() === '' ? {} : { payload: JSON.parse(body) as object }),
      });
      await app.close();
      const type = String(answer.headers['content-type']);
      return type.includes('json') ? JSON.stringify(answer.json(), null, 2) : answer.body.trimEnd();
    });
  }

  call(user: string, dialled: string, talkS: number): Promise<string> {
    this.#time.advance(60_000);
    return this.#withStore((store, config) => this.#callOn(store, config, user as MatrixUserId, dialled, talkS));
  }

  async #callOn(store: Store, config: Config, user: MatrixUserId, dialled: string, talkS: number): Promise<string> {
    const started = new Started(silent);
    const accounts = accountsOf(config, nobody);
    const closed: string[] = [];
    const { store: counted, atRest } = watched(store);
    const { rating, limits, accounting, ledger } = await startMoney({
      config,
      store: counted,
      accounts,
      revenueShare: revenueShareRanges(),
      tell: async () => undefined,
      tellUser: async () => undefined,
      onClosed: ({ money, talkMs }) => {
        const talked = `${Math.round(talkMs / 1000)} seconds`;
        closed.push(
          money === undefined || money.price === 0
            ? `${talked}, free`
            : `${talked}, ${money.billedS} paid for: ${formatAmount(money.price, ledger.currency)}`,
        );
      },
      clock: this.#clock,
      logger: silent,
      started,
    });
    try {
      this.#calls += 1;
      const callRef = `call-${this.#calls}`;
      const decided = await createOutboundDecision({
        rules: accountRules(config, accounts, ['PCMA']).outbound,
        bindings: store.numberBindings,
        choices: { line: async () => undefined, withheld: async () => false },
        trunks: () => config.trunks.map(({ name }) => ({ name, state: 'up' as const, calls: 0 })),
        own: () => undefined,
        random: () => 0,
        prices: rating,
        guard: limits,
        now: () => this.#clock.now(),
        logger: silent,
      })({ callRef, caller: user, dialled, live: { total: 0, ofCaller: 0, inRoom: 0 } });
      if (decided.kind !== 'allow') {
        return decided.kind === 'refuse' ? refusal(decided.cause, decided.params) : 'it stays inside';
      }
      const call: Extract<AccountedCall, { direction: 'out' }> = {
        direction: 'out',
        callRef,
        user,
        roomId: '!room:example.org' as RoomId,
        callId: `matrix-${callRef}` as CallId,
        ghost: '@_sip_1:example.org' as MatrixUserId,
        dialled,
        plan: decided.plan,
        isInside: false,
        openedAt: this.#clock.now(),
      };
      const events: CreditEvent['type'][] = [];
      const entered = await accounting.enter(call, ({ type }) => events.push(type));
      if (entered.kind === 'refused') return refusal(entered.cause, entered.params);
      const [{ trunk, target }] = decided.plan.routes;
      const answeredAt = this.#clock.now();
      for (const type of ['placed', 'answered'] as const) {
        accounting.progressed(callRef, { type, attempt: 0, at: answeredAt });
      }
      await atRest();
      for (let second = 0; second < talkS && !events.includes('used-up'); second++) {
        this.#time.advance(1_000);
        await atRest();
      }
      const isUsedUp = events.includes('used-up');
      await accounting.close({
        direction: 'out',
        callRef,
        roomId: call.roomId,
        callId: call.callId,
        caller: user,
        ghost: call.ghost,
        dialled,
        target,
        trunk,
        attempts: [{ route: 0, trunk, target, startedAt: answeredAt }],
        times: { arrivedAt: call.openedAt, inviteSentAt: answeredAt, answeredAt, endedAt: this.#clock.now() },
        talkMs: this.#clock.now() - answeredAt,
        outcome: isUsedUp
          ? { endedBy: 'gateway', cause: 'credit-used-up', reason: 'user_hangup' }
          : { endedBy: 'caller', cause: 'normal', reason: 'user_hangup' },
      });
      return `${isUsedUp ? 'cut off, the credit is used up: ' : ''}${closed.join()}`;
    } finally {
      await started.stop();
    }
  }

  async #withStore<T>(run: (store: Store, config: Config) => Promise<T>): Promise<T> {
    const config = loadConfig({ file: join(this.#folder, 'trunkline.yaml') });
    const store = await openStore({ path: this.#store });
    try {
      return await run(store, config);
    } finally {
      await store.close();
    }
  }
}

function refusal(cause: GatewayCause, params: SentenceParameters = {}): string {
  return `refused: ${inWords({ key: cause as SentenceKey }, params, englishCatalogue)}`;
}

/** A store whose ledger is known to be at work or at rest. */
function watched(store: Store): { readonly store: Store; atRest(): Promise<void> } {
  let atWork = 0;
  const count = <T>(call: () => T): T => {
    const result = call();
    if (!(result instanceof Promise)) return result;
    atWork += 1;
    return result.finally(() => {
      atWork -= 1;
    }) as T;
  };
  return {
    store: { ...store, ledger: (settings) => around(store.ledger(settings), count) },
    async atRest() {
      for (let quiet = 0; quiet < 5; quiet += 1) {
        await nextTurn();
        if (atWork > 0) quiet = 0;
      }
    },
  };
}
