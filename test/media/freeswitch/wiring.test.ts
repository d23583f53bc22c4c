import { expect, test } from 'vitest';
import { UNWIRED, type Wiring, type WiringEffect, type WiringInput, wire } from '../../../media/freeswitch/wiring.ts';

const run = (...inputs: readonly WiringInput[]): { wiring: Wiring; effects: WiringEffect[] } =>
  inputs.reduce<{ wiring: Wiring; effects: WiringEffect[] }>(
    ({ wiring, effects }, input) => {
      const step = wire(wiring, input);
      return { wiring: step.wiring, effects: [...effects, ...step.effects] };
    },
    { wiring: UNWIRED, effects: [] },
  );

const client: WiringInput = { type: 'leg', side: 'webrtc', uuid: 'c' };
const phone: WiringInput = { type: 'leg', side: 'rtp', uuid: 'p' };
const up = (uuid: string): WiringInput => ({ type: 'up', uuid });
const gone = (uuid: string, cause: string): WiringInput => ({ type: 'gone', uuid, cause });
const open: WiringInput = { type: 'open' };
const tone = (side: 'webrtc' | 'rtp', path = 'tone'): WiringInput => ({ type: 'tone', side, path });
const silence = (side: 'webrtc' | 'rtp'): WiringInput => ({ type: 'silence', side });

const connected = { type: 'tell', event: { type: 'webrtc-connected' } };
const bridge = (a: string, b: string) => ({ type: 'bridge', a, b });
const play = (uuid: string, path = 'tone') => ({ type: 'play', uuid, path });
const stop = (uuid: string) => ({ type: 'stop-playing', uuid });
const tell = (event: object) => ({ type: 'tell', event });

test.each<[string, readonly WiringInput[], readonly object[]]>([
  ['nothing is bridged before the call is open', [client, phone, up('c'), up('p')], [connected]],
  ['open, then both up', [client, phone, open, up('p'), up('c')], [connected, bridge('p', 'c')]],
  ['both up, then open', [client, up('c'), phone, up('p'), open], [connected, bridge('p', 'c')]],
  ['open twice bridges once', [client, phone, up('c'), up('p'), open, open], [connected, bridge('p', 'c')]],
  ['a channel parks again after a bridge: that is no news', [client, up('c'), up('c')], [connected]],
  ['a stranger parks', [client, phone, open, up('x')], []],
  [
    'another telephone takes over',
    [client, phone, up('c'), up('p'), open, { type: 'leg', side: 'rtp', uuid: 'q' }, up('q')],
    [connected, bridge('p', 'c'), bridge('q', 'c')],
  ],
  [
    'and the first one is back',
    [client, phone, up('c'), up('p'), open, { type: 'leg', side: 'rtp', uuid: 'q' }, up('q'), phone, up('p')],
    [connected, bridge('p', 'c'), bridge('q', 'c'), bridge('p', 'c')],
  ],
  ['a tone waits for its channel', [client, tone('webrtc'), up('c')], [connected, play('c')]],
  ['a tone on a channel that is up', [client, up('c'), tone('webrtc')], [connected, play('c')]],
  [
    'one tone after another',
    [phone, up('p'), tone('rtp', 'a'), tone('rtp', 'b')],
    [play('p', 'a'), stop('p'), play('p', 'b')],
  ],
  ['a tone that was not begun is not stopped', [client, tone('webrtc'), silence('webrtc'), up('c')], [connected]],
  [
    'a tone is stopped once',
    [client, up('c'), tone('webrtc'), silence('webrtc'), silence('webrtc')],
    [connected, play('c'), stop('c')],
  ],
  [
    'tones end before the bridge',
    [client, phone, up('c'), up('p'), tone('webrtc'), tone('rtp'), open],
    [connected, play('c'), play('p'), stop('c'), stop('p'), bridge('p', 'c')],
  ],
  [
    'a telephone that fell silent',
    [phone, up('p'), gone('p', 'MEDIA_TIMEOUT')],
    [tell({ type: 'media-timeout', side: 'rtp' })],
  ],
  [
    'a client that fell silent',
    [client, up('c'), gone('c', 'MEDIA_TIMEOUT')],
    [connected, tell({ type: 'media-timeout', side: 'webrtc' })],
  ],
  [
    'a client that never came up',
    [client, gone('c', 'DESTINATION_OUT_OF_ORDER')],
    [tell({ type: 'webrtc-failed', why: 'dtls' })],
  ],
  [
    'a channel that FreeSWITCH gave up',
    [phone, up('p'), gone('p', 'NORMAL_TEMPORARY_FAILURE')],
    [tell({ type: 'engine-failed', message: 'FreeSWITCH ended the rtp side of the call (NORMAL_TEMPORARY_FAILURE)' })],
  ],
  [
    'an attempt that is over is not the session’s',
    [phone, { type: 'leg', side: 'rtp', uuid: 'q' }, gone('p', 'NORMAL_CLEARING')],
    [],
  ],
  [
    'a telephone that waits hears nothing of ours any more once it is joined',
    [phone, up('p'), tone('rtp'), { type: 'join', partner: 'o' }],
    [play('p'), stop('p'), bridge('p', 'o')],
  ],
  [
    'telephones are joined, the client is out of it',
    [client, phone, up('c'), up('p'), open, { type: 'join', partner: 'o' }, gone('c', 'NORMAL_CLEARING')],
    [connected, bridge('p', 'c'), bridge('p', 'o')],
  ],
  [
    'of two joined the other hangs up',
    [phone, up('p'), { type: 'join', partner: 'o' }, gone('p', 'NORMAL_CLEARING')],
    [bridge('p', 'o')],
  ],
])('%s', (_name, inputs, effects) => {
  expect(run(...inputs).effects).toEqual(effects);
});
