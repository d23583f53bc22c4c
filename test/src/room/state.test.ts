import { describe, expect, it } from 'vitest';
import { others, roomFacts } from '../../../src/room/index.ts';

const member = (key: string, membership: unknown) => ({
  type: 'm.room.member',
  state_key: key,
  content: { membership },
});

describe('what the state of a room says', () => {
  it('counts who is joined or invited, without the ghost and helpers', () => {
    const facts = roomFacts([
      member('@a:hs', 'join'),
      member('@b:hs', 'invite'),
      member('@c:hs', 'leave'),
      member('@d:hs', 'ban'),
      member('@bot:hs', 'join'),
      member('@ghost:hs', 'join'),
      { type: 'io.element.functional_members', state_key: '', content: { service_members: ['@bot:hs', 7] } },
    ]);
    expect(others(facts, '@ghost:hs')).toBe(2);
    expect(facts.encrypted).toBe(false);
  });

  it('knows encryption and bridges', () => {
    const facts = roomFacts([
      { type: 'm.room.encryption', state_key: '', content: {} },
      { type: 'm.bridge', state_key: 'sip://h/1', content: {} },
    ]);
    expect(facts.encrypted).toBe(true);
    expect([...facts.bridges]).toEqual(['sip://h/1']);
  });

  it('makes nothing of rubbish', () => {
    const rubbish = [
      {},
      { type: 'm.room.member' },
      member('@a:hs', 7),
      { type: 'm.room.member', state_key: 7, content: {} },
    ];
    expect(others(roomFacts([...rubbish, { type: 'm.room.encryption', state_key: '', content: null }]), '@g')).toBe(0);
  });
});
