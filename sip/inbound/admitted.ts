/** The way in for requests of trunks: who is to prove something is asked for it, who is nobody of ours hears nothing. */
import type { Clock } from '../call/clock.ts';
import type { IncomingRequest } from '../call/stack.ts';
import type { DigestGate } from './digest-gate.ts';
import type { DropLog } from './drop-log.ts';
import { type InboundDirectory, type TrunkVerdict, whose } from './whose.ts';

/** Longer than a sender waits for a response (RFC 3261 §17.1.1.2 and §17.1.2.2: 64·T1). */
const NOBODY_LISTENS_MS = 35_000;

export interface AdmissionParts {
  readonly clock: Clock;
  readonly directory: InboundDirectory;
  readonly gate: DigestGate;
  readonly drops: DropLog;
}

/** @returns whose the request is; undefined when it may not come in: it is challenged or dropped already */
export function admitted(request: IncomingRequest, parts: AdmissionParts): TrunkVerdict | undefined {
  const { clock, directory, gate, drops } = parts;
  const { message, source } = request;
  const verdict = whose(message, source.address, directory, gate.proven(message, directory.trunks));
  switch (verdict.kind) {
    case 'trunk':
      return verdict;
    case 'challenge':
      request.respond(401, { headers: { 'WWW-Authenticate': gate.challenge(verdict.trunk) } });
      return undefined;
    case 'nobody':
      drops.dropped(source.address, message.method);
      // A server that was not asked before holds the request until it is answered; by then nobody listens.
      clock.after(NOBODY_LISTENS_MS, () => request.respond(403));
      return undefined;
    default:
      return verdict satisfies never;
  }
}
