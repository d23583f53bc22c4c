/** A long and bad path between two media endpoints: each datagram is delayed, some are lost, some come twice. */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { seededRandom } from '../world/relay.ts';

export interface PathQuality {
  readonly seed: number;
  readonly delayMs: number;
  /** Random, on top of the delay; more than the distance of two packets lets them overtake each other. */
  readonly jitterMs: number;
  readonly lossPercent: number;
  readonly doubledPercent: number;
}

export class BadPath {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #random: () => number;
  readonly #quality: PathQuality;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #timers = new Set<NodeJS.Timeout>();
  #source: RemoteInfo | undefined;

  /** Opens a path at `host` that leads to `target`; who sends first is the near end. */
  static async open(
    host: string,
    target: { readonly host: string; readonly port: number },
    quality: PathQuality,
  ): Promise<BadPath> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    for (const socket of sockets) await new Promise<void>((resolve) => socket.bind(0, host, resolve));
    return new BadPath(...sockets, target, quality);
  }

  private constructor(near: Socket, far: Socket, target: { host: string; port: number }, quality: PathQuality) {
    this.#near = near;
    this.#far = far;
    this.#target = target;
    this.#quality = quality;
    this.#random = seededRandom(quality.seed);
    near.on('message', (data, from) => {
      this.#source = from;
      this.#carry(() => this.#far.send(data, this.#target.port, this.#target.host));
    });
    far.on('message', (data) => {
      const source = this.#source;
      if (source) this.#carry(() => this.#near.send(data, source.port, source.address));
    });
  }

  get port(): number {
    return this.#near.address().port;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#near.close();
    this.#far.close();
  }

  #carry(send: () => void): void {
    const { lossPercent, doubledPercent } = this.#quality;
    if (this.#random() * 100 < lossPercent) return;
    this.#later(send);
    if (this.#random() * 100 < doubledPercent) this.#later(send);
  }

  #later(send: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        send();
      },
      this.#quality.delayMs + this.#random() * this.#quality.jitterMs,
    );
    this.#timers.add(timer);
  }
}
