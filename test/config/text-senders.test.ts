/** Senders of texts: what cannot be. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError, loadConfig } from '../../config/index.ts';
import { REST } from './one-trunk.ts';

const NUMBER = '+441818118180';
const pool = (more: Record<string, unknown> = {}) => ({
  name: 'lent',
  numbers: [NUMBER],
  users: ['@*:example.org'],
  ...more,
});
const shared = (more: Record<string, unknown> = {}) => ({ sender: 'EXAMPLE', users: ['@*:example.org'], ...more });

function faultsOf(texts: Record<string, unknown>, more: Record<string, unknown> = {}): [string, string][] {
  const trunks = [
    { name: 'sms', host: 'a.example.net', texts: { enabled: true } },
    { name: 'calls', host: 'b.example.net' },
  ];
  try {
    loadConfig({ file: 'trunkline.yaml', text: stringify({ ...REST, trunks, ...more, texts }) });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, problem }) => [path, problem]);
    throw error;
  }
}

const CALLS_ONLY = { trunks: [{ name: 'calls', host: 'b.example.net' }] };

describe('what cannot be', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string, RegExp]>([
    ['a trunk that is not there', { pools: [pool({ trunks: ['x'] })] }, {}, 'texts.pools[0].trunks[0]', /no trunk has/],
    [
      'a pool of a trunk without texts',
      { pools: [pool({ trunks: ['sms', 'calls'] })] },
      {},
      'texts.pools[0].trunks[1]',
      /carries no texts/,
    ],
    [
      'a shared sender of a trunk without texts',
      { shared_senders: [shared({ trunks: ['calls'] })] },
      {},
      'texts.shared_senders[0].trunks[0]',
      /carries no texts/,
    ],
    ['a pool where nothing carries texts', { pools: [pool()] }, CALLS_ONLY, 'texts.pools', /no trunk carries texts/],
    [
      'a shared sender where nothing carries texts',
      { shared_senders: [shared()] },
      CALLS_ONLY,
      'texts.shared_senders',
      /no trunk carries texts/,
    ],
    [
      'one name for two pools',
      { pools: [pool(), pool({ numbers: ['+441818118181'] })] },
      {},
      'texts.pools[1].name',
      /same name/,
    ],
    [
      'a number in two pools',
      { pools: [pool(), pool({ name: 'more' })] },
      {},
      'texts.pools[1].numbers[0]',
      /pool lent has this number/,
    ],
    [
      'a number twice in a pool',
      { pools: [pool({ numbers: [NUMBER, NUMBER] })] },
      {},
      'texts.pools[0].numbers[1]',
      /has this number/,
    ],
    [
      'a number that many write from',
      { shared_senders: [shared({ sender: NUMBER })], pools: [pool()] },
      {},
      'texts.pools[0].numbers[0]',
      /many write from it/,
    ],
    [
      'a number of a user',
      { pools: [pool()] },
      { lines: [{ number: NUMBER, users: ['@alice:example.org'] }] },
      'texts.pools[0].numbers[0]',
      /lines\[0\] is this number/,
    ],
    [
      'a sender of one letter',
      { shared_senders: [shared({ sender: 'A' })] },
      {},
      'texts.shared_senders[0].sender',
      /./,
    ],
  ])('%s', (_, texts, more, path, problem) => {
    expect(faultsOf(texts, more)).toEqual([[path, expect.stringMatching(problem)]]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['a pool and a shared sender', { pools: [pool({ trunks: ['sms'] })], shared_senders: [shared()] }],
    ['two pools of different numbers', { pools: [pool(), pool({ name: 'more', numbers: ['+441818118181'] })] }],
    ['a short code', { shared_senders: [shared({ sender: '88222' })] }],
  ])('%s is no fault', (_, texts) => {
    expect(faultsOf(texts)).toEqual([]);
  });
});
