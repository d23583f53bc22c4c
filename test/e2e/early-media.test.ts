/** Audio before the answer, where the trunk is set to let callers hear it. */
import { describe, expect, it } from 'vitest';
import { type Announcer, startAnnouncer } from '../world/peers/announcer.ts';
import { until } from '../world/wait.ts';
import { type User, useWorld } from '../world/world.ts';

const world = useWorld({ trunk: { early_media: 'answer-on-early-rtp' } });
const ANNOUNCEMENT_HZ = 700;

async function announcer(): Promise<Announcer> {
  const peer = await startAnnouncer();
  world.current.connectPeer(peer);
  world.current.onReset(() => peer.close());
  return peer;
}

/** The gateway's events of the user's call, and its sentences, in order. */
async function saidTo(user: User): Promise<string[]> {
  const events = await world.current.eventsOf(user);
  return events
    .filter(({ sender }) => sender !== user.session.userId)
    .flatMap(({ type, content }) => {
      if (type === 'm.room.message') return [String(content.body)];
      return /^m\.call\.(answer|reject|hangup)$/.test(type) ? [`${type} ${content.reason ?? ''}`.trim()] : [];
    });
}

describe('an announcement before a refusal', () => {
  it('is heard, and the call ends with its reason by a hang-up', async () => {
    const peer = await announcer();
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await peer.received('INVITE');
    peer.reply(183, 'Session Progress', { sdp: true });
    peer.play(ANNOUNCEMENT_HZ);
    await caller.state('talking');
    await caller.hears(ANNOUNCEMENT_HZ);
    peer.reply(404, 'Not Found');
    await caller.state('ended');
    await caller.says(/not in service/);
    expect(await saidTo(user)).toEqual([
      'm.call.answer',
      'You are hearing the telephone network. The call is not yet connected.',
      'm.call.hangup unknown_error',
      'This number is not in service. Please check it.',
    ]);
  });
});

describe('an announcement before an answer', () => {
  it('goes over into the conversation', async () => {
    const peer = await announcer();
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await peer.received('INVITE');
    peer.reply(183, 'Session Progress', { sdp: true });
    peer.play(ANNOUNCEMENT_HZ);
    await caller.state('talking');
    await caller.hears(ANNOUNCEMENT_HZ);
    peer.reply(200, 'OK', { sdp: true });
    await peer.received('ACK');
    peer.play(1_200);
    await caller.hears(1_200);
    await caller.hangUp();
    await peer.received('BYE');
    expect((await saidTo(user)).filter((line) => line.startsWith('m.call'))).toEqual(['m.call.answer']);
  });

  it('followed by ringing without audio lets the caller hear a ringing tone', async () => {
    const peer = await announcer();
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await peer.received('INVITE');
    peer.reply(183, 'Session Progress', { sdp: true });
    peer.play(ANNOUNCEMENT_HZ);
    await caller.state('talking');
    await caller.hears(ANNOUNCEMENT_HZ);
    peer.silence();
    peer.reply(180, 'Ringing');
    // The tone of the United Kingdom, where the gateway is.
    await caller.hears([400, 450], { toleranceHz: 30 });
    await caller.hangUp();
    await peer.received('CANCEL');
    await caller.state('ended');
  });
});

describe('183 without audio', () => {
  it('answers nobody: the client rings on until the answer', async () => {
    const peer = await announcer();
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await peer.received('INVITE');
    const ringing = () => world.current.gateway.log.split('the telephone rings').length;
    const before = ringing();
    peer.reply(183, 'Session Progress', { sdp: true });
    peer.reply(180, 'Ringing');
    await until('the gateway to say that it rings', async () => ringing() > before);
    expect(await saidTo(user)).toEqual([]);
    peer.reply(200, 'OK', { sdp: true });
    await caller.state('talking');
    expect(await saidTo(user)).toEqual(['m.call.answer']);
    await caller.hangUp();
    await peer.received('BYE');
  });
});
