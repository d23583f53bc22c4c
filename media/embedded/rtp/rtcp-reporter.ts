/** The RTCP conversation of one side: what the peer reported last, and what we report (RFC 3550 §6.4). */

import { SAMPLES_PER_MS } from './packet.ts';
import type { ReceptionReport } from './receive-stats.ts';
import { type LastSenderReport, readRtcp, writeReport } from './rtcp.ts';

export class RtcpReporter {
  /** From the peer's last report about us. */
  roundTripMs: number | undefined;
  /** The same: what it lost of ours, and how unevenly it came. */
  remote: { readonly packetsLost: number; readonly jitterMs: number } | undefined;
  readonly #ssrc: number;
  readonly #cname: string;
  #lastSenderReport: LastSenderReport | undefined;
  #packetsAtReport = 0;

  constructor(ssrc: number, cname: string) {
    this.#ssrc = ssrc;
    this.#cname = cname;
  }

  /** Takes a decrypted compound packet. */
  receive(packet: Uint8Array, length: number, nowMs: number): void {
    const reading = readRtcp(packet, length, this.#ssrc, nowMs, Date.now());
    if (reading.senderReport) this.#lastSenderReport = reading.senderReport;
    const { reception } = reading;
    if (reception) {
      this.remote = { packetsLost: reception.cumulativeLost, jitterMs: reception.jitter / SAMPLES_PER_MS };
    }
    if (reading.roundTripMs !== undefined) this.roundTripMs = reading.roundTripMs;
  }

  /** Writes our report: SR when we have sent since the last one, else RR. Returns its length. */
  write(
    out: Uint8Array,
    sent: { readonly packets: number; readonly octets: number; readonly rtpTimestamp: number },
    reception: ReceptionReport | undefined,
    nowMs: number,
    goodbye: boolean,
  ): number {
    const hasSent = sent.packets > this.#packetsAtReport;
    this.#packetsAtReport = sent.packets;
    return writeReport(out, {
      ssrc: this.#ssrc,
      cname: this.#cname,
      sender: hasSent ? { wallClockMs: Date.now(), ...sent } : undefined,
      reception,
      lastSenderReport: this.#lastSenderReport,
      nowMs,
      goodbye,
    });
  }
}
