/**
 * The effects that are the same for every call, whoever called: what is done at the client, the telephone and the media
 * of a call that runs. Those of its beginning and its end are each runner's own.
 */
import type { Direction } from '../../media/index.ts';
import type { InboundCall, Party } from '../../sip/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import type { CallParts } from './call-parts.ts';
import type { CallEvent, Effect, TransferRequest } from './machine.ts';
import type { MatrixLeg } from './matrix-leg.ts';
import { plainNaming } from './naming.ts';
import { englishCatalogue, type Sentence, type SentenceKey, say } from './sentences.ts';
import type { Referral } from './telephone-leg.ts';
import type { TelephoneSide } from './telephone-side.ts';

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
  readonly side: TelephoneSide;
  readonly matrix: MatrixLeg;
  readonly transfers: CallTransfers;
  readonly house: Pick<CallParts, 'naming' | 'words' | 'mayNotify'>;
  /** Whose call it is: who may not want a kind of notice. */
  readonly by: MatrixUserId;
  readonly emit: (event: CallEvent) => void;
}

export class CommonEffects {
  readonly #parts: InCallParts;

  constructor(parts: InCallParts) {
    this.#parts = parts;
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  run(effect: CommonEffect): unknown {
    const { side, matrix, transfers } = this.#parts;
    const { media, telephone, timers, keys } = side;
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
    const { matrix, callRef, house } = this.#parts;
    const text = say(sentence, { ref: callRef }, house.words ?? englishCatalogue);
    matrix.notice(sentence.key, text, () => this.#isWanted(sentence));
  }

  #isWanted({ key }: Sentence): boolean | Promise<boolean> {
    const { house, by } = this.#parts;
    const { mayNotify } = house;
    return mayNotify === undefined || alwaysSaid.has(key) || mayNotify(by, 'failed');
  }

  async #renegotiate(offer: string): Promise<void> {
    const { side, emit } = this.#parts;
    const answer = await side.media.run('matrix-renegotiation', (session) => session.renegotiateWebRtc(offer));
    if (answer) emit({ type: 'matrix-renegotiated', sdp: answer.sdp, direction: answer.direction });
  }

  async #makeMatrixReoffer(direction: Direction): Promise<void> {
    const { side, emit } = this.#parts;
    const sdp = await side.media.run('matrix-reoffer', (session) => session.createWebRtcReoffer(direction));
    if (sdp !== undefined) emit({ type: 'matrix-reoffer-ready', sdp });
  }

  #refer(id: number): void {
    const { side, transfers } = this.#parts;
    const referral = side.telephone.takeReferral(id);
    if (referral) transfers.refer(referral);
  }

  #replace(id: number): void {
    const { side, transfers } = this.#parts;
    const call = side.telephone.takeReplacement(id);
    if (call) transfers.replace(call);
  }

  #assertIdentity(party: Party): void {
    const { matrix, house } = this.#parts;
    const { displayName, id } = (house.naming ?? plainNaming)(party);
    matrix.assertIdentity(displayName, id);
  }
}
