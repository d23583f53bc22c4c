/** The answering machine against SIPp, a client that is not ours. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { header } from '../../sip/message/index.ts';
import { RawPeer } from '../sip/server/raw-peer.ts';
import { startSipp } from '../world/peers/sipp.ts';
import { until } from '../world/wait.ts';
import { AnsweringMachine } from './answering-machine/machine.ts';
import type { MachineReport } from './answering-machine/report.ts';

let machine: AnsweringMachine;
let reports: MachineReport[];

beforeEach(async () => {
  reports = [];
  machine = await AnsweringMachine.start({ host: '127.0.0.1', port: 0, report: (report) => reports.push(report) });
});
afterEach(() => machine.stop());

async function call(number: string, args: readonly string[] = []) {
  const target = `127.0.0.1:${machine.port}`;
  const sipp = await startSipp({ scenario: 'uac', target, service: number, timeoutS: 20, args });
  return sipp.finished;
}

const events = () => reports.map(({ event }) => event);

describe('the answering machine', () => {
  it('rings, answers, and lets the caller hang up', async () => {
    const { passed, errors } = await call('600', ['-d', '200']);
    expect(passed, errors).toBe(true);
    expect(events()).toEqual(['listening', 'called', 'ringing', 'answered', 'ended']);
  });

  it('hears a tone that comes back from the caller', async () => {
    // SIPp sends the tune back to the machine, which tells what it hears.
    const { passed, errors } = await call('601', ['-d', '2500', '-rtp_echo']);
    expect(passed, errors).toBe(true);
    const heard = reports.filter((report) => report.event === 'heard');
    expect(heard.length).toBeGreaterThan(1);
    for (const { hz } of heard) expect(hz).toBeGreaterThan(380);
    const ended = reports.find((report) => report.event === 'ended');
    expect(ended?.packetsIn).toBeGreaterThan(50);
    expect(ended?.packetsLost).toBe(0);
  });

  it.each([
    ['602', 486],
    ['699', 404],
  ])('%s is refused with %i', async (number, status) => {
    const { messages } = await call(number);
    expect(
      messages.map(({ startLine }) => startLine).filter((line) => line.startsWith(`SIP/2.0 ${status}`)),
    ).toHaveLength(1);
    await until('the refusal', () => reports.find((report) => report.event === 'refused' && report.status === status));
  });

  it('writes back what is written to it, once', async () => {
    const peer = await RawPeer.open(`127.0.0.1:${machine.port}`);
    const uri = `sip:600@127.0.0.1:${machine.port}`;
    const text = peer.write('MESSAGE', { uri, 'Call-ID': 'a', From: '<sip:+441818118181@x>;tag=t' }, 'Hello, 😀');
    peer.send(text);
    await peer.response(200, 'MESSAGE');
    const back = await peer.request('MESSAGE');
    expect(back.body.toString()).toBe('You wrote: Hello, 😀');
    expect(back.uri).toContain('sip:+441818118181@');
    expect(header(back, 'from')).toContain('sip:600@');
    peer.answer(back, 200);
    peer.send(text);
    await peer.response(200, 'MESSAGE');
    peer.send(peer.write('MESSAGE', { uri: 'sip:699@127.0.0.1', 'Call-ID': 'b' }, 'Hello'));
    await peer.response(404, 'MESSAGE');
    expect(peer.seen.filter((one) => one.kind === 'request')).toHaveLength(1);
    expect(events().filter((event) => event === 'texted')).toHaveLength(1);
    peer.close();
  });

  it('takes many calls at once', async () => {
    const { passed, errors } = await call('600', ['-d', '300', '-m', '20', '-r', '20']);
    expect(passed, errors).toBe(true);
    expect(events().filter((event) => event === 'answered')).toHaveLength(20);
    expect(events().filter((event) => event === 'ended')).toHaveLength(20);
  });
});
