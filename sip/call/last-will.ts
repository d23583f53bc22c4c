/**
 * What is written down of an answered call so that another process can end it when this one dies: the dialog as RFC 3261 §12
 * has it, but for the CSeq number, which is chosen higher than any that can have been used.
 */
import { header, headerList, lenient, parseNameAddr, type SipMessage } from '../message/index.ts';
import type { OutsideRequest } from './outside-client.ts';
import type { Source } from './stack.ts';

interface LastWill {
  readonly trunk: string;
  readonly account?: string;
  readonly callId: string;
  /** From and To of our requests, with their tags. */
  readonly from: string;
  readonly to: string;
  /** The far side's Contact. */
  readonly target: string;
  /** Values of Route, in order. */
  readonly routes: readonly string[];
  /** Where the far side's messages came from by UDP, when no proxy stands between: its Contact may be private. */
  readonly hop?: string;
}

export interface AnsweredDialog {
  readonly trunk: string;
  readonly account: string | undefined;
  /** The message of the far side that made the dialog: its INVITE, or its 2xx to ours. */
  readonly made: SipMessage;
  readonly source: Source;
  readonly callId: string;
  readonly from: string;
  readonly to: string;
}

/** @returns text for a store, or undefined when the far side has no usable Contact */
export function lastWillOf(dialog: AnsweredDialog): string | undefined {
  const { trunk, account, made, source, callId, from, to } = dialog;
  const [contact] = lenient(() => headerList(made, 'contact')) ?? [];
  const target = contact === undefined ? undefined : lenient(() => parseNameAddr(contact))?.uri;
  if (target === undefined || from === '' || to === '') return undefined;
  const recorded = lenient(() => headerList(made, 'record-route')) ?? [];
  // RFC 3261 §12.1.1, §12.1.2: the caller's route set is the other way round.
  const routes = made.kind === 'response' ? recorded.reverse() : recorded;
  const direct = routes.length === 0 && source.protocol === 'udp' && source.address !== '';
  const host = source.address.includes(':') ? `[${source.address}]` : source.address;
  const will: LastWill = {
    trunk,
    ...(account === undefined ? {} : { account }),
    callId,
    from,
    to,
    target,
    routes,
    ...(direct ? { hop: `sip:${host}:${source.port}` } : {}),
  };
  return JSON.stringify(will);
}

export function readLastWill(text: string): LastWill | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const will = value as Partial<Record<keyof LastWill, unknown>>;
  const texts = [will.trunk, will.callId, will.from, will.to, will.target];
  const routes = Array.isArray(will.routes) && will.routes.every((route) => typeof route === 'string');
  const optional = [will.account, will.hop].every((one) => one === undefined || typeof one === 'string');
  return texts.every((one) => typeof one === 'string') && routes && optional ? (value as LastWill) : undefined;
}

/** The BYE that ends the call; CSeq is the sender's. */
export function lastBye(will: LastWill, userAgent: string): OutsideRequest {
  return {
    method: 'BYE',
    uri: will.target,
    ...(will.hop === undefined ? {} : { proxy: will.hop }),
    headers: {
      From: will.from,
      To: will.to,
      'Call-ID': will.callId,
      ...(will.routes.length === 0 ? {} : { Route: will.routes.join(', ') }),
      Reason: 'Q.850;cause=41;text="Gateway was restarted"',
      'User-Agent': userAgent,
    },
  };
}

/** A CSeq number above those of a process that began at its Unix time in seconds or lower; below 2**31 until 2038. */
export function lateCSeq(unixMs: number): number {
  return Math.floor(unixMs / 1000) % 2 ** 31;
}

/** The value of a header, or '' without one. */
export function addressIn(message: SipMessage | undefined, key: 'from' | 'to'): string {
  return (message === undefined ? undefined : header(message, key)) ?? '';
}
