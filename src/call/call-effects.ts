/**
 * The effects that are the same for every call, whoever called: what is done at the client, the telephone and the media
 * of a call that runs. Those of its beginning and its end are each runner's own.
 */
import type { Direction } from '../../media/index.ts';
import type { InboundCall, Party } from '../../sip/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import type { Keys } from './keys.ts';
import type { CallEvent, Effect, Route, TransferRequest } from './machine.ts';
import type { MatrixLeg } from './matrix-leg.ts';
import type { MediaLeg } from './media-leg.ts';
import type { Naming } from './naming.ts';
import type { MayNotify } from './ports.ts';
import { type Catalogue, englishCatalogue, type Sentence, type SentenceKey, say } from './sentences.ts';
import type { Referral, TelephoneLeg } from './telephone-leg.ts';
import type { Timers } from './timers.ts';

/** What is known of a telephone that is given away: what it was told, and what it wishes of the other side. */
export interface HandedOver {
  readonly told: Direction;
  readonly wish: Direction;
}

/** What `call/transfer` does for one call. What comes of it, comes back as an event of the call. */
export interface CallTransfers {
  /** The client wants its telephone to be put through. */
  start(request: TransferRequest): void;
  /** The telephone wants somebody else called in its place. */
  refer(referral: Referral): void;
  /** Another telephone comes in this one's place. */
  replace(call: InboundCall): void;
  /** The call ends: what is under way is broken off. */
  cancel(): void;
  /** Takes telephone and media away from the call. */
  handOver(talks: HandedOver): void;
}

type OwnOfRunner =
  | 'decide'
  | 'prepare'
  | 'nextRoute'
  | 'placeSip'
  | 'hangupSip'
  | 'prepareMatrixAnswer'
  | 'answerMatrix'
  | 'finish';

/** What `CommonEffects` runs. */
export type CommonEffect = Exclude<Effect, { type: OwnOfRunner }>;

const ofRunner: Readonly<Record<OwnOfRunner, true>> = {
  decide: true,
  prepare: true,
  nextRoute: true,
  placeSip: true,
  hangupSip: true,
  prepareMatrixAnswer: true,
  answerMatrix: true,
  finish: true,
};

/** What somebody must know, whatever they chose not to read of failed calls. */
const alwaysSaid: ReadonlySet<SentenceKey> = new Set<SentenceKey>([
  'early-media',
  'credit-low',
  'emergency-blocked',
  'emergency-address',
  'emergency-failed',
  'transferred',
  'transfer-failed',
]);

export const isCommonEffect = (effect: Effect): effect is CommonEffect => !Object.hasOwn(ofRunner, effect.type);

export interface InCallParts {
  readonly callRef: string;
  readonly media: MediaLeg;
  readonly telephone: TelephoneLeg;
  readonly matrix: MatrixLeg;
  readonly timers: Timers;
  readonly keys: Keys;
  readonly transfers: CallTransfers;
  readonly naming: Naming;
  readonly words?: Catalogue;
  /** Whose call it is, and whether they want a kind of notice; default: all of them. */
  readonly user: () => MatrixUserId;
  readonly mayNotify?: MayNotify;
  readonly emit: (event: CallEvent) => void;
}

export class CommonEffects {
  readonly #parts: InCallParts;

  constructor(parts: InCallParts) {
    this.#parts = parts;
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  run(effect: CommonEffect): unknown {
    const { media, telephone, matrix, timers, keys, transfers } = this.#parts;
    switch (effect.type) {
      case 'addCandidates':
        return media.addCandidates(effect.candidates);
      case 'answerSipReoffer':
        return telephone.answer(effect.id, effect.sdp, effect.direction);
      case 'refuseSipReoffer':
        return telephone.refuse(effect.id, effect.status);
      case 'reofferSip':
        return telephone.reoffer(effect.direction);
      case 'sendDtmfInfo':
        return telephone.sendDtmfInfo(effect.digit, effect.durationMs);

      case 'startTransfer':
        return transfers.start(effect.request);
      case 'startReferral':
        return this.#refer(effect.id);
      case 'takeReplacement':
        return this.#replace(effect.id);
      case 'refuseReferral':
        return telephone.refuseReferral(effect.id, effect.status);
      case 'refuseReplacement':
        return telephone.refuseReplacement(effect.id);
      case 'cancelTransfer':
        return transfers.cancel();
      case 'handOver':
        return transfers.handOver({ told: effect.told, wish: effect.wish });
      case 'rejectReplacement':
        return matrix.rejectReplacement(effect.replacementId, effect.reason);
      case 'assertIdentity':
        return this.#assertIdentity(effect.party);

      case 'acceptEarlyMedia': {
        const { sdp, forkId } = effect;
        return media.run('early-media', (session) => session.acceptRtpAnswer(sdp, { early: true, forkId }));
      }
      case 'acceptFinalMedia': {
        const { sdp, forkId } = effect;
        return media.run('final-media', (session) => session.acceptRtpAnswer(sdp, { early: false, forkId }));
      }
      case 'connectMedia':
        return media.run('final-media', (session) => session.connect());
      case 'startRingback':
        return media.run('early-media', (session) => session.startRingback(effect.country));
      case 'stopRingback':
        return media.run('early-media', (session) => session.stopRingback());
      case 'pressKeys':
        return keys.press(effect.keys);
      case 'beep':
        return media.run('early-media', (session) => session.beep('webrtc'));
      case 'closeMedia':
        return media.close();

      case 'rejectMatrix':
        return matrix.finish('reject', effect.reason);
      case 'hangupMatrix':
        return matrix.finish('hangup', effect.reason);
      case 'renegotiateMatrix':
        return this.#renegotiate(effect.sdp);
      case 'sendMatrixReanswer':
        return matrix.negotiate('answer', effect.sdp);
      case 'reofferMatrix':
        return this.#makeMatrixReoffer(effect.direction);
      case 'sendMatrixReoffer':
        return matrix.negotiate('offer', effect.sdp);
      case 'acceptMatrixReanswer':
        return media.run('matrix-reanswer', (session) => session.acceptWebRtcReanswer(effect.sdp));
      case 'notice':
        return this.notice(effect.sentence);

      case 'setTimer':
        return timers.set(effect.timer, effect.afterMs);
      case 'clearTimer':
        return timers.clear(effect.timer);
      default:
        return effect satisfies never;
    }
  }

  /** One sentence in the call's room. */
  notice(sentence: Sentence): void {
    const { matrix, callRef, words } = this.#parts;
    const text = say(sentence, { ref: callRef }, words ?? englishCatalogue);
    matrix.notice(sentence.key, text, () => this.#isWanted(sentence));
  }

  #isWanted({ key }: Sentence): boolean | Promise<boolean> {
    const { mayNotify, user } = this.#parts;
    return mayNotify === undefined || alwaysSaid.has(key) || mayNotify(user(), 'failed');
  }

  async #renegotiate(offer: string): Promise<void> {
    const { media, emit } = this.#parts;
    const answer = await media.run('matrix-renegotiation', (session) => session.renegotiateWebRtc(offer));
    if (answer) emit({ type: 'matrix-renegotiated', sdp: answer.sdp, direction: answer.direction });
  }

  async #makeMatrixReoffer(direction: Direction): Promise<void> {
    const { media, emit } = this.#parts;
    const sdp = await media.run('matrix-reoffer', (session) => session.createWebRtcReoffer(direction));
    if (sdp !== undefined) emit({ type: 'matrix-reoffer-ready', sdp });
  }

  #refer(id: number): void {
    const { telephone, transfers } = this.#parts;
    const referral = telephone.takeReferral(id);
    if (referral) transfers.refer(referral);
  }

  #replace(id: number): void {
    const { telephone, transfers } = this.#parts;
    const call = telephone.takeReplacement(id);
    if (call) transfers.replace(call);
  }

  #assertIdentity(party: Party): void {
    const { matrix, naming } = this.#parts;
    const { displayName, id } = naming(party);
    matrix.assertIdentity(displayName, id);
  }
}

/** Digits go in the media, or by INFO where the trunk takes nothing else. */
export function digitSender(media: MediaLeg, telephone: TelephoneLeg, route: () => Pick<Route, 'dtmf'> | undefined) {
  return (digit: string, durationMs: number): void => {
    if (route()?.dtmf === 'info') telephone.sendDtmfInfo(digit, durationMs);
    else void media.run('early-media', (session) => session.sendDtmf(digit, durationMs));
  };
}
