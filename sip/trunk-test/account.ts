/** Whether the registrar takes the credentials of an account. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import { OutsideClient, type OutsideOutcome } from '../call/outside-client.ts';
import { pinTo } from '../call/pin.ts';
import type { SipStack } from '../call/stack.ts';
import { DigestSession } from '../digest/index.ts';
import { headerList, lenient } from '../message/index.ts';
import { buildRegister, problemWords, refusalOf, silenceOf } from '../registration/index.ts';
import type { TrunkSettings } from '../trunk/index.ts';
import type { Finding } from './finding.ts';

export interface AccountParts {
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Asks the registrar what it knows of the account (RFC 3261 §10.2.3: REGISTER without Contact). That proves the credentials
 * and changes nothing: a gateway that runs keeps its registration.
 * @param trunk as the account sees it
 * @param name how it is called in the finding
 */
export async function accountFinding(
  trunk: TrunkSettings,
  name: string,
  hop: string,
  { stack, clock, logger }: AccountParts,
): Promise<Finding> {
  const begun = clock.now();
  const { username = '', password = '', authUsername } = trunk.credentials ?? {};
  let cseq = 0;
  let challenged = false;
  const client = new OutsideClient({
    stack,
    digest: new DigestSession({ username: authUsername ?? username, password }),
    clock,
    logger,
    nextCSeq: () => ++cseq,
    pin: (source, where) => {
      challenged = true;
      return pinTo(trunk, source, where);
    },
  });
  const ids = { callId: `${randomBytes(12).toString('hex')}@trunkline`, fromTag: randomBytes(8).toString('hex') };
  const plan = buildRegister(trunk, hop, { ...ids, contactUser: '' }, 0);
  const { Contact: _none, Expires: _never, ...headers } = plan.headers;
  const outcome = await new Promise<OutsideOutcome>((resolve) => {
    client.send({ method: 'REGISTER', ...plan, headers }, resolve);
  });
  const ms = clock.now() - begun;
  const step = `account ${name}`;
  if (outcome.kind === 'unanswered') return { step, verdict: 'wrong', words: problemWords(silenceOf(outcome)), ms };
  const { message } = outcome.response;
  if (message.status < 300) {
    const count = (lenient(() => headerList(message, 'contact')) ?? []).length;
    const proof = challenged ? 'user name and password are right' : 'the registrar asked for no password';
    const places =
      count === 0 ? 'it is registered nowhere' : `it is registered at ${count} place${count === 1 ? '' : 's'}`;
    return { step, verdict: challenged ? 'ok' : 'note', words: `${proof}; ${places} at this moment`, ms };
  }
  // Who does not know the question has seen the credentials before it said so, in most cases; a real try tells.
  if (message.status === 400 && challenged)
    return {
      step,
      verdict: 'note',
      words: 'the registrar does not answer questions; whether it takes the registration shows when the gateway runs',
      ms,
    };
  return { step, verdict: 'wrong', words: problemWords(refusalOf(message, outcome.credentials?.message)), ms };
}
