import { expect, test } from 'vitest';
import { Playing, Recording } from '../../../media/freeswitch/files.ts';
import { readChannelStats } from '../../../media/freeswitch/stats.ts';
import { ringbackStream } from '../../../media/freeswitch/tones.ts';
import { FakeFreeswitch } from './fake.ts';

const link = async (server: FakeFreeswitch) => {
  const socket = await server.connect(
    { host: '', port: 1, secret: '', profile: '', timeoutMs: 1 },
    { event: () => {}, ended: () => {} },
  );
  return { ...socket, name: 'm1', profile: 'trunkline', sipAddress: '', follow: () => () => {} };
};
const event = (name: string, headers: Record<string, string>) => ({
  name,
  uuid: 'u',
  header: (header: string) => headers[header],
});

test('tones have their frequencies and their cadence, over and over', () => {
  expect(ringbackStream('FR')).toBe('tone_stream://v=-3;%(1500,3500,440);loops=-1');
  expect(ringbackStream('GB')).toBe('tone_stream://v=-3;%(400,200,400,450);%(400,2000,400,450);loops=-1');
  expect(ringbackStream('US')).toBe('tone_stream://v=-3;%(2000,4000,440,480);loops=-1');
});

test('what is counted of a channel', () => {
  const dump = [
    'variable_read_codec: PCMU',
    'variable_rtp_use_codec_name: opus',
    'variable_rtp_audio_in_packet_count: 162',
    'variable_rtp_audio_out_packet_count: 150',
    'variable_rtp_audio_in_flaw_total: 3',
    'variable_rtp_audio_in_jitter_min_variance: 17.41',
    '-ERR nothing',
  ].join('\n');
  expect(readChannelStats(dump)).toEqual({
    codec: 'opus',
    rtp: { packetsIn: 162, packetsOut: 150, packetsLost: 3, jitterMs: 17.41, packetsForeign: 0 },
  });
  expect(readChannelStats('')).toMatchObject({ rtp: { packetsIn: 0 } });
});

test('a file is played until FreeSWITCH says so', async () => {
  const server = new FakeFreeswitch();
  server.reply = (command) => (command.startsWith('file_exists') ? 'true' : '+OK');
  const playing = new Playing(await link(server), 'u', '/prompts/a.wav', () => {});
  const begun = playing.begin();
  playing.hear(event('PLAYBACK_STOP', { 'Playback-File-Path': 'tone_stream://x' }));
  playing.hear(event('PLAYBACK_START', { 'Playback-File-Path': '/prompts/a.wav' }));
  await begun;
  expect(server.commands).toEqual(['file_exists /prompts/a.wav', 'uuid_broadcast u /prompts/a.wav aleg']);
  playing.hear(event('PLAYBACK_STOP', { 'Playback-File-Path': '/prompts/a.wav' }));
  await playing.done;
});

test('a file that is not there, and one whose path would be something else in a command', async () => {
  const server = new FakeFreeswitch();
  server.reply = () => 'false';
  const there = await link(server);
  const playing = new Playing(there, 'u', '/prompts/b.wav', () => {});
  await expect(playing.begin()).rejects.toMatchObject({ code: 'not-supported' });
  await playing.done;
  for (const path of ['/a b.wav', '/a\nhupall', "/a'.wav", '/$x', '']) {
    expect(() => new Playing(there, 'u', path, () => {})).toThrow(expect.objectContaining({ code: 'not-supported' }));
  }
});

test('a recording is whole when FreeSWITCH has closed the file', async () => {
  const server = new FakeFreeswitch();
  const recording = new Recording(await link(server), 'u', '/tmp/r.wav', () => {});
  await recording.begin();
  const stopped = recording.stop();
  recording.hear(event('RECORD_STOP', { 'Record-File-Path': '/tmp/r.wav' }));
  await stopped;
  expect(server.commands).toEqual([
    'uuid_setvar u RECORD_STEREO true',
    'uuid_record u start /tmp/r.wav',
    'uuid_record u stop /tmp/r.wav',
  ]);
});
