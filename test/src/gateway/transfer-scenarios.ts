/** What transfers are through the running gateway, with audio, whichever media engine it has. */
import { afterEach, describe, expect, it } from 'vitest';
import { header } from '../../../sip/message/index.ts';
import type { BrowserPeer } from '../../media/browser-peer.ts';
import { continuous } from '../../media/contract/world.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { expectHeard } from './hearing.ts';
import type { HouseOptions } from './house.ts';
import { MediaCall } from './media-call.ts';
import type { Telephone } from './telephone.ts';
import { direction, useHouse, withDirection } from './use-house.ts';

const hears = (who: BrowserPeer | TelephonePeer, hz: number): Promise<void> => expectHeard(who, hz, 'somebody');

const ghostOf = (number: string) => `@_sip_${number}=40sip.example.org:hs.test`;

/** `m.call.replaces` with the fields that Element Web gives it. */
const replaces = (number: string, more: Readonly<Record<string, unknown>> = {}) => ({
  replacement_id: 'r1',
  target_user: { id: ghostOf(number), display_name: number },
  create_call: 'x1',
  ...more,
});

/** @param options of the house, asked for when it is opened */
export function describeTransfers(name: string, options: () => HouseOptions | Promise<HouseOptions>): void {
  describe(name, () => {
    const gateway = useHouse(options);
    const open: { close(): unknown }[] = [];
    afterEach(async () => {
      for (const one of open.splice(0)) await one.close();
    });

    /** The telephone at a number answers, with audio of its own. */
    async function answers(number: string, hz: number) {
      const rtp = await TelephonePeer.open();
      open.push(rtp);
      const telephone = await gateway.house.telephone({ number });
      rtp.learn(telephone.offer);
      rtp.play(continuous(hz));
      telephone.reply(180);
      telephone.reply(200, { sdp: rtp.sdp() });
      await telephone.request('ACK');
      return { telephone, rtp };
    }

    /** Another call of the same user. */
    async function otherCall(user: string): Promise<MediaCall> {
      const media = await MediaCall.begin(gateway.house, {}, await gateway.house.room(user));
      open.push(media);
      await media.answer();
      await media.expectAudio();
      return media;
    }

    it('by the client to a number: the telephones hear each other, the client’s call is tidied up', async () => {
      const media = await gateway.talking();
      media.call.send('m.call.replaces', replaces('01818129991'));
      await media.browser.close();
      const third = await answers('01818129991', 1_200);
      expect((await media.call.next('m.call.hangup')).reason).toBe('user_hangup');
      expect(await media.call.words()).toBe('The call was transferred.');
      await hears(third.rtp, 900);
      await hears(media.rtp, 1_200);

      // One of them holds and takes it back: the other is told.
      const asking = third.telephone.ask('INVITE', third.rtp.sdp({ direction: 'sendonly' }));
      const held = await media.telephone.request('INVITE');
      expect(direction(held.body.toString())).toMatch(/sendonly|inactive/);
      media.telephone.respond(held, 200, { sdp: media.rtp.sdp({ direction: 'recvonly' }) });
      expect((await asking).status).toBe(200);
      await media.telephone.request('ACK');

      third.telephone.tell('BYE');
      media.telephone.respond(await media.telephone.request('BYE'), 200);
    });

    it('by the client to a number that is busy: it is told, and talks on', async () => {
      const media = await gateway.talking();
      media.call.send('m.call.replaces', replaces('01818129992'));
      const telephone = await gateway.house.telephone({ number: '01818129992' });
      telephone.reply(486);
      await telephone.request('ACK');
      expect(await media.call.next('m.call.reject_replacement')).toMatchObject({
        replacement_id: 'r1',
        reason: 'failed_call',
      });
      expect(await media.call.words()).toBe('The call could not be transferred.');
      expect(await media.call.words()).toMatch(/busy/);
      await media.expectAudio();
      await media.hangUp();
    });

    it('by a client that has left, to a number that is busy: the telephone hears why', async () => {
      const media = await gateway.talking();
      media.call.send('m.call.replaces', replaces('01818129993'));
      const telephone = await gateway.house.telephone({ number: '01818129993' });
      media.call.send('m.call.hangup', { reason: 'user_hangup' });
      await gateway.house.proveCallsWork();
      telephone.reply(486);
      await telephone.request('ACK');
      const bye = await media.telephone.request('BYE');
      expect(header(bye, 'reason')).toContain('cause=17');
      media.telephone.respond(bye, 200);
      await media.call.next('m.call.hangup');
    });

    it('by the client between its two calls: their telephones hear each other', async () => {
      const first = await gateway.talking();
      const second = await otherCall(first.call.room.user);
      second.rtp.play(continuous(1_200));
      second.call.send(
        'm.call.replaces',
        replaces(first.call.room.number, { create_call: undefined, await_call: 'x1' }),
      );
      first.call.send('m.call.replaces', replaces(second.call.room.number));
      await first.call.next('m.call.hangup');
      await second.call.next('m.call.hangup');
      await hears(first.rtp, 1_200);
      await hears(second.rtp, 900);
      first.telephone.tell('BYE');
      second.telephone.respond(await second.telephone.request('BYE'), 200);
    });

    it('by the client between its two calls, of which one was held: it is held no longer', async () => {
      const first = await gateway.talking();
      const offer = first.browser.connection.localDescription?.sdp ?? '';
      const answering = first.negotiate(withDirection(offer, 'sendonly'));
      const held = await first.telephone.request('INVITE');
      first.telephone.respond(held, 200, { sdp: first.rtp.sdp({ direction: 'recvonly' }) });
      await first.telephone.request('ACK');
      await answering;
      const second = await otherCall(first.call.room.user);
      second.rtp.play(continuous(1_200));
      second.call.send(
        'm.call.replaces',
        replaces(first.call.room.number, { create_call: undefined, await_call: 'x1' }),
      );
      first.call.send('m.call.replaces', replaces(second.call.room.number));
      const resumed = await first.telephone.request('INVITE');
      expect(direction(resumed.body.toString())).toBe('sendrecv');
      first.telephone.respond(resumed, 200, { sdp: first.rtp.sdp() });
      await first.telephone.request('ACK');
      await hears(first.rtp, 1_200);
      await hears(second.rtp, 900);
      first.telephone.tell('BYE');
      second.telephone.respond(await second.telephone.request('BYE'), 200);
    });

    it('by the telephone: the client hears the new one and is told who it is; the old one is let go', async () => {
      const media = await gateway.talking();
      const notified = watchNotifies(media.telephone);
      const accepted = await media.telephone.ask('REFER', '', {
        'Refer-To': '<sip:01818129994@127.0.0.1>',
        'Referred-By': '<sip:desk@127.0.0.1>',
      });
      expect(accepted.status).toBe(202);
      const third = await answers('01818129994', 1_200);
      expect(await notified).toMatch(/^SIP\/2\.0 200/m);
      expect(header(third.telephone.invite, 'referred-by')).toContain('desk');
      media.telephone.respond(await media.telephone.request('BYE'), 200);
      expect(await media.call.next('org.matrix.call.asserted_identity')).toHaveProperty(
        'asserted_identity.display_name',
      );
      await hears(media.browser, 1_200);
      await hears(third.rtp, 440);
      media.call.send('m.call.hangup', { reason: 'user_hangup' });
      third.telephone.respond(await third.telephone.request('BYE'), 200);
    });

    it('by the telephone to a number that is busy: it hears so, and talks on', async () => {
      const media = await gateway.talking();
      const notified = watchNotifies(media.telephone);
      await media.telephone.ask('REFER', '', { 'Refer-To': '<sip:01818129995@127.0.0.1>' });
      const telephone = await gateway.house.telephone({ number: '01818129995' });
      telephone.reply(486);
      await telephone.request('ACK');
      expect(await notified).toMatch(/^SIP\/2\.0 486/m);
      const again = await media.telephone.request('INVITE');
      media.rtp.learn(again.body.toString());
      media.telephone.respond(again, 200, { sdp: media.rtp.sdp() });
      await media.telephone.request('ACK');
      await media.expectAudio();
      await media.hangUp();
    });

    it('by the telephone to where the user may not call is refused', async () => {
      const media = await gateway.talking();
      const refused = await media.telephone.ask('REFER', '', { 'Refer-To': '<sip:999@127.0.0.1>' });
      expect(refused.status).toBe(403);
      await media.expectAudio();
      await media.hangUp();
    });
  });
}

/** Answers NOTIFY requests; settles with the body of the last one. */
async function watchNotifies(telephone: Telephone): Promise<string> {
  for (;;) {
    const notify = await telephone.request('NOTIFY');
    telephone.respond(notify, 200);
    if (/terminated/.test(header(notify, 'subscription-state') ?? '')) return notify.body.toString();
  }
}
