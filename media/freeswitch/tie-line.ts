/** A line between two media servers, for telephones that are joined and whose calls are on different ones. */

import { Leg, type LegHost, type LegListener } from './leg.ts';

const NOBODY: LegListener = { up: () => {}, gone: () => {}, event: () => {} };

export class TieLine {
  readonly #legs: readonly [Leg, Leg];

  /** @throws MediaError `engine-failed` */
  static async open(near: LegHost, far: LegHost): Promise<TieLine> {
    const variables = {
      absolute_codec_string: 'G722,PCMU,PCMA',
      rtp_secure_media: 'forbidden',
      park_after_bridge: 'true',
      hangup_after_bridge: 'false',
    };
    const nearLeg = await Leg.offering(near, variables, NOBODY);
    try {
      const headers = { 'X-Media-Timeout': '0', 'X-Secure-Media': 'forbidden' };
      const farLeg = await Leg.answering(far, 'rtp', nearLeg.description, headers, NOBODY);
      await nearLeg.answer(farLeg.description);
      return new TieLine(nearLeg, farLeg);
    } catch (error) {
      await nearLeg.close();
      throw error;
    }
  }

  private constructor(near: Leg, far: Leg) {
    this.#legs = [near, far];
  }

  /** The channel's UUID on the one server. */
  get near(): string {
    return this.#legs[0].uuid;
  }

  get far(): string {
    return this.#legs[1].uuid;
  }

  async close(): Promise<void> {
    await Promise.all(this.#legs.map((leg) => leg.close()));
  }
}
