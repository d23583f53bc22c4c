/** What stands in the log about a call, and what must never stand there. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { buildHouse, plan, route } from './house.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly callRef?: string;
  readonly [field: string]: unknown;
}

/** A house whose log is kept, down to the last detail. */
function loggedHouse(options: Parameters<typeof buildHouse>[0] = {}) {
  const lines: Line[] = [];
  const sink = { write: (text: string) => lines.push(JSON.parse(text) as Line) };
  const house = buildHouse({ ...options, logger: pino({ level: 'trace', base: null, timestamp: false }, sink) });
  const story = () => lines.filter(({ level }) => level >= 30).map(({ msg }) => msg);
  return { house, lines, story };
}

describe('the story of a call', () => {
  it('that goes well is short', async () => {
    const { house, story, lines } = loggedHouse();
    await house.talk();
    await house.say('hangup', { reason: 'user_hangup' });
    expect(story()).toEqual([
      'call from Matrix',
      'calling',
      'the telephone rings',
      'the telephone answered',
      'audio is connected',
      'call ended by caller: normal',
    ]);
    expect(lines.at(-1)).toMatchObject({ talkMs: 0, setupMs: 0, trunk: 'office', sipCallId: 'call-1' });
  });

  it('that fails says what the network said', async () => {
    const { house, lines } = loggedHouse();
    await house.invite();
    const failure = { status: 403, phrase: 'Forbidden D35', sawProvisional: false, origin: 'remote' } as const;
    house.sip.last.emit({ type: 'failed', failure });
    await house.settle();
    expect(lines.find(({ msg }) => msg.startsWith('call ended'))).toMatchObject({
      level: 30,
      cause: 'not-allowed',
      admin: '403 Forbidden D35',
      sipStatus: 403,
    });
  });

  it('that an administrator must see to is a warning', async () => {
    const { house, lines } = loggedHouse();
    await house.invite();
    const failure = { status: 407, phrase: 'Proxy Authentication Required', sawProvisional: false, origin: 'remote' };
    house.sip.last.emit({ type: 'failed', failure: { ...failure, origin: 'remote' } });
    await house.settle();
    expect(lines.find(({ msg }) => msg.startsWith('call ended'))).toMatchObject({ level: 40, cause: 'trunk-login' });
  });

  it('tells failures that do not end the call, and those of the last word', async () => {
    const { house, story } = loggedHouse();
    await house.talk();
    house.media.last.direction = 'recvonly';
    house.faults.next('sip.reoffer', new Error('488'));
    await house.say('negotiate', { sdpType: 'offer', sdp: 'hold', lifetimeMs: 1 });
    house.faults.next('matrix.hangup', new Error('M_FORBIDDEN'));
    house.sip.last.emit({ type: 'ended', end: { by: 'remote' } });
    await house.settle();
    expect(story().slice(-3).sort()).toEqual([
      'call ended by callee: normal',
      'something in the call failed; it goes on',
      'the client could not be told',
    ]);
  });

  it('tells of every trunk that failed, loudest where an administrator must act', async () => {
    const { house, story, lines } = loggedHouse({ plan: { routes: [route, { ...route, trunk: 'backup' }] } });
    await house.invite();
    const failure = { status: 401, phrase: 'No', sawProvisional: false, origin: 'remote' } as const;
    house.sip.last.emit({ type: 'failed', failure });
    await house.settle();
    const words = 'the trunk office failed (trunk-login); the next one is tried (this needs an administrator)';
    expect(story()).toContain(words);
    expect(lines.find(({ msg }) => msg === words)).toMatchObject({ level: 40, trunk: 'office' });
  });

  it('shouts of emergency calls, let through or not', async () => {
    const { house, story } = loggedHouse({ plan: { ...plan, emergency: true } });
    await house.invite();
    expect(story()).toContain('EMERGENCY CALL');
    const refused = loggedHouse({ decide: () => ({ kind: 'refuse', cause: 'emergency-blocked' }) });
    await refused.house.invite();
    expect(refused.story().some((line) => line.startsWith('EMERGENCY NUMBER DIALLED'))).toBe(true);
  });

  it('has the call’s reference in every line, and neither numbers nor SDP nor keys', async () => {
    const { house, lines } = loggedHouse({ plan: { ...plan, afterAnswer: ',4711' } });
    await house.talk();
    house.clock.advance(10_000);
    await house.sip.last.offer('phone-sdp');
    await house.say('candidates', { candidates: [{ candidate: 'a-candidate' }] });
    await house.say('negotiate', { sdpType: 'offer', sdp: 'client-sdp', lifetimeMs: 1 });
    house.media.last.listener({ type: 'dtmf', from: 'webrtc', digit: '7', durationMs: 100 });
    house.sip.last.emit({ type: 'dtmf', digit: '8', durationMs: 100 });
    await house.say('hangup', {});
    await house.settle();
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.every(({ callRef }) => /^c-[0-9a-f]{16}$/.test(callRef ?? ''))).toBe(true);
    const text = JSON.stringify(lines);
    for (const secret of ['8118181', '4711', 'rtp-offer', 'webrtc-offer', 'phone-sdp', 'client-sdp', 'a-candidate']) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/"digit"/);
  });
});
