/** What a leg tells its listener: in order, never while a caller of one of its methods is still inside, and never after the end. */
import type { Logger } from 'pino';
import type { SipLegEvent, SipLegListener } from '../leg.ts';
import { redactNumbers } from './redact.ts';

interface LegEventsParts {
  readonly logger: Logger;
  /** The last event was emitted: nothing of the call counts any more. */
  readonly onOver: () => void;
}

export class LegEvents {
  readonly #parts: LegEventsParts;
  readonly #waiting: SipLegEvent[] = [];
  #listener: SipLegListener | undefined;
  #over = false;
  #draining = false;
  /** Statuses before the answer that were told to the administrator: a peer may repeat them without end. */
  readonly #told = new Set<number>();

  constructor(parts: LegEventsParts) {
    this.#parts = parts;
  }

  /** Events that came before are told now. */
  listen(listener: SipLegListener): void {
    this.#listener = listener;
    this.#schedule();
  }

  emit(event: SipLegEvent): void {
    if (this.#over) return;
    this.#log(event);
    if (event.type === 'failed' || event.type === 'ended') {
      this.#over = true;
      this.#parts.onOver();
    }
    this.#waiting.push(event);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#draining || this.#waiting.length === 0 || this.#listener === undefined) return;
    this.#draining = true;
    queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      try {
        this.#listener?.(event);
      } catch (error) {
        this.#parts.logger.error({ err: error, event: event.type }, 'the listener of a SIP leg failed');
      }
    }
    this.#draining = false;
  }

  #log(event: SipLegEvent): void {
    const { logger } = this.#parts;
    switch (event.type) {
      case 'failed':
        logger.info(withoutNumbers(event.failure), 'the call was not answered');
        break;
      case 'ended':
        logger.info(withoutNumbers(event.end), 'the call ended');
        break;
      case 'answered':
        logger.info('the far side answered');
        break;
      case 'provisional':
        if (this.#told.has(event.status)) return;
        this.#told.add(event.status);
        logger.info({ status: event.status }, 'the far side is alerting');
        break;
      case 'refer':
        logger.info({ attended: event.to.replaces !== undefined }, 'the far side asks to be transferred');
        break;
      case 'identity':
        logger.info({ withheld: event.party.withheld }, 'the far side is somebody else now');
        break;
      case 'reoffer':
      case 'dtmf':
        break;
      default:
        event satisfies never;
    }
  }
}

/** Texts of the network may name numbers. */
function withoutNumbers<Facts extends object>(facts: Facts): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? redactNumbers(value) : value]),
  );
}
