/** Counts what goes through the transports of texts: by trunk. */
import type { Metric } from '../http/index.ts';
import type { MessageTransport, TransportListener } from '../message/index.ts';
import { Counter } from './counter.ts';

export class TextCounters {
  readonly #sent = new Counter();
  readonly #failed = new Counter();
  readonly #received = new Counter();
  readonly #refused = new Counter();

  /** The same transport; what it sends and takes is counted. */
  counting(transport: MessageTransport): MessageTransport {
    const { name: trunk } = transport;
    return {
      name: trunk,
      knowsRepeats: transport.knowsRepeats,
      tellsReceipts: transport.tellsReceipts,
      window: transport.window,
      state: () => transport.state(),
      onUp: (run) => transport.onUp(run),
      cut: (text) => transport.cut(text),
      notify: (text, state) => transport.notify(text, state),
      close: (graceMs) => transport.close(graceMs),
      submit: async (part) => {
        const submitted = await transport.submit(part);
        if (submitted.kind === 'accepted') this.#sent.add({ trunk });
        else this.#failed.add({ trunk, why: submitted.failure.kind });
        return submitted;
      },
      listen: (listener) => transport.listen(this.#listening(listener, trunk)),
    };
  }

  metrics(): Metric[] {
    const counted = (name: string, help: string, counter: Counter): Metric => {
      return { name, help, type: 'counter', samples: () => counter.samples() };
    };
    return [
      counted('trunkline_text_parts_sent_total', 'Texts, or parts of long ones, that a trunk took.', this.#sent),
      counted('trunkline_text_parts_failed_total', 'Tries to send that a trunk did not take, by reason.', this.#failed),
      counted('trunkline_text_parts_received_total', 'Texts, or parts, that were taken from a trunk.', this.#received),
      counted('trunkline_text_parts_refused_total', 'Texts of a trunk that were not taken, by reason.', this.#refused),
    ];
  }

  #listening(listener: TransportListener, trunk: string): TransportListener {
    return {
      arrived: async (text) => {
        const taken = await listener.arrived(text);
        if (taken.kind === 'taken') this.#received.add({ trunk });
        else this.#refused.add({ trunk, why: taken.why });
        return taken;
      },
      receipt: (receipt) => listener.receipt(receipt),
    };
  }
}
