/** The control port as somebody who is not drachtio-srf sees it. */
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../../../../sip/server/control/frame.ts';
import type { EmbeddedSipServer } from '../../../../sip/server/index.ts';
import { startEmbeddedSipServer } from '../../../../sip/server/index.ts';
import { type Bench, call, failure, LOOPBACK_UDP, SDP, silent, startBench } from '../harness.ts';
import { RawPeer } from '../raw-peer.ts';

describe('the control port', () => {
  let server: EmbeddedSipServer;
  beforeEach(async () => {
    server = await startEmbeddedSipServer({ listeners: LOOPBACK_UDP }, silent);
  });
  afterEach(() => server.close());

  /** Sends these messages and collects what comes until the server closes, or `enough` messages came. */
  const talk = (messages: readonly (string | Buffer)[], enough: number): Promise<string[]> =>
    new Promise((resolve) => {
      const socket = connect(server.port, server.host);
      const reader = new FrameReader(1_000_000);
      const got: string[] = [];
      const done = (): void => {
        socket.destroy();
        resolve(got);
      };
      socket.on('data', (chunk) => {
        // Without the message's own id, which is any.
        for (const frame of reader.push(chunk)) got.push(frame.toString().replace(/^[^|]*\|/, ''));
        if (got.length >= enough) done();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(got));
      for (const message of messages) socket.write(typeof message === 'string' ? encodeFrame(message) : message);
    });

  it('welcomes the right secret with its addresses and version', async () => {
    const port = server.addresses[0]?.port;
    expect(await talk([`1|authenticate|${server.secret}|`, '2|ping'], 2)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^response\\|1\\|OK\\|udp/127\\.0\\.0\\.1:${port}\\|v\\d+\\.\\d+\\.\\d+[^|]*\\|udp/127\\.0\\.0\\.1:${port}$`,
        ),
      ),
      'response|2|OK|pong',
    ]);
  });

  it('listens on the loopback alone, with a secret that is not to be guessed', () => {
    expect(server.host).toBe('127.0.0.1');
    expect(server.secret).toMatch(/^[0-9a-f]{48}$/);
  });

  it('closes on a wrong secret, on commands before it, and on noise', async () => {
    expect(await talk(['1|authenticate|guess|'], 9)).toEqual(['response|1|NO|incorrect secret']);
    expect(await talk(['1|route|invite'], 9)).toEqual(['response|1|NO|not authenticated']);
    expect(await talk([`1|authenticate|${server.secret}|tag`], 9)).toEqual([
      'response|1|NO|the embedded SIP server does not route by tags: run a drachtio server for that',
    ]);
    expect(await talk([Buffer.from('GET / HTTP/1.1\r\n\r\n')], 9)).toEqual([]);
  });

  it('refuses in words what it does not do', async () => {
    const answers = await talk(
      [
        `1|authenticate|${server.secret}|`,
        '2|proxy|x|||||||sip:a@b',
        '3|route|cdr:start',
        '4|sip||\r\nPUBLISH sip:a@127.0.0.1:9 SIP/2.0\r\n\r\n',
        '5|sip||\r\nINVITE tel:+1555 SIP/2.0\r\n\r\n',
        '6|sip||\r\nINVITE sip:a@127.0.0.1:9 SIP/2.0\r\n\r\nhello',
        '7|sip||none\r\nBYE sip:placeholder SIP/2.0\r\n\r\n',
        '8|sip|none|\r\nCANCEL sip:a SIP/2.0\r\n\r\n',
        `9|sip||\r\nOPTIONS sip:127.0.0.1:${server.addresses[0]?.port} SIP/2.0\r\n\r\n`,
        'A|sip|none|\r\nSIP/2.0 200 OK\r\n\r\n',
        'B|sip||\r\nOPTIONS sip:127.0.0.1;transport=tcp SIP/2.0\r\n\r\n',
        'C|sip||\r\nACK sip:a@127.0.0.1:9 SIP/2.0\r\n\r\n',
      ],
      12,
    );
    expect(answers.slice(1)).toEqual([
      'response|2|NOK|the embedded SIP server does not proxy requests: run a drachtio server for that',
      'response|3|NOK|the embedded SIP server has no CDR events: run a drachtio server for them',
      'response|4|NOK|the embedded SIP server does not publish: run a drachtio server for that',
      'response|5|NOK|a tel: URI needs an outbound proxy, for it says no host',
      'response|6|NOK|missing content-type',
      'response|7|NOK|unable to find dialog for dialog id provided',
      'response|8|NOK|unable to cancel unknown transaction id: none',
      'response|9|NOK|can not send request to myself',
      'response|A|NOK|Response not sent due to unknown transaction',
      'response|B|NOK|requested protocol/transport not available',
      'response|C|NOK|ACK belongs to a dialog or a transaction, whose id is missing',
    ]);
  });
});

describe('an outbound proxy', () => {
  let bench: Bench;
  let peer: RawPeer;
  beforeEach(async () => {
    bench = await startBench();
    peer = await RawPeer.open(bench.address);
  });
  afterEach(async () => {
    peer.close();
    await bench.close();
  });

  it.each(['sip:127.0.0.1:PORT;lr', '127.0.0.1:PORT'])(
    'given as %s gets requests to names and numbers',
    async (form) => {
      const proxy = form.replace('PORT', String(peer.port));
      const calling = failure(bench.srf.createUAC('sip:+15550100@far.example', { localSdp: SDP, proxy }));
      const invite = await peer.request('INVITE');
      expect(invite.uri).toBe('sip:+15550100@far.example');
      peer.answer(invite, 404);
      expect((await calling).status).toBe(404);
    },
  );

  it('may be the first Route of the request', async () => {
    const route = `<sip:127.0.0.1:${peer.port};lr>`;
    const calling = failure(call(bench.srf, 'sip:a@far.example', {}, { Route: route }));
    const invite = await peer.request('INVITE');
    expect(invite.headers.find((one) => one.key === 'route')?.value).toBe(route);
    peer.answer(invite, 404);
    await calling;
  });
});
