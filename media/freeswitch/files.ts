/** Files that FreeSWITCH plays and records; the paths are those of its own machine. */

import { MediaError } from '../engine.ts';
import type { ChannelEvent } from './fsmrf.ts';
import type { ServerLink } from './server.ts';

/** A file that exists and is a sound begins at once. */
const BEGIN_LIMIT_MS = 3_000;
const END_LIMIT_MS = 5_000;

/**
 * A path as a command takes it.
 * @throws MediaError `not-supported` for one that would end the command or mean something else in it
 */
function safePath(file: string): string {
  if (/[\s'"{}\\$]/.test(file) || file === '') {
    throw new MediaError(
      'not-supported',
      'the path of a sound file must not have spaces, quotes, braces, $ or backslashes',
    );
  }
  return file;
}

function later(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Whether a promise settles in time. */
async function isSettled(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const result = await Promise.race([promise.then(() => true), expired]);
  clearTimeout(timer);
  return result;
}

/** A file in use by a channel. */
class SoundFile {
  readonly uuid: string;
  protected readonly server: ServerLink;
  protected readonly file: string;
  protected readonly ended = later();
  readonly #over: () => void;

  constructor(server: ServerLink, uuid: string, file: string, over: () => void) {
    this.server = server;
    this.uuid = uuid;
    this.file = safePath(file);
    this.#over = over;
  }

  /** There is nothing to wait for any more. */
  end(): void {
    this.ended.resolve();
    this.#over();
  }
}

export class Playing extends SoundFile {
  readonly #begun = later();

  /** Settles when it was played to its end or stopped, or its channel is gone. */
  get done(): Promise<void> {
    return this.ended.promise;
  }

  /** @throws MediaError `not-supported` when the server has no such sound */
  async begin(): Promise<void> {
    try {
      if ((await this.server.command(`file_exists ${this.file}`)).trim() !== 'true') {
        throw new MediaError('not-supported', `${this.file} does not exist on ${this.server.name}`);
      }
      await this.server.command(`uuid_broadcast ${this.uuid} ${this.file} aleg`);
      if (!(await isSettled(this.#begun.promise, BEGIN_LIMIT_MS))) {
        throw new MediaError('not-supported', `${this.server.name} cannot play ${this.file}`);
      }
    } catch (error) {
      this.end();
      throw error;
    }
  }

  hear(event: ChannelEvent): void {
    if (event.uuid !== this.uuid || event.header('Playback-File-Path') !== this.file) return;
    if (event.name === 'PLAYBACK_START') this.#begun.resolve();
    if (event.name === 'PLAYBACK_STOP') this.end();
  }

  stop(): void {
    this.server.command(`uuid_break ${this.uuid} all`).catch(() => {});
  }

  override end(): void {
    this.#begun.resolve();
    super.end();
  }
}

export class Recording extends SoundFile {
  /** Both sides, one on each channel of the file. */
  async begin(): Promise<void> {
    try {
      await this.server.command(`uuid_setvar ${this.uuid} RECORD_STEREO true`);
      await this.server.command(`uuid_record ${this.uuid} start ${this.file}`);
    } catch (cause) {
      this.end();
      throw new MediaError('not-supported', `${this.server.name} cannot record to ${this.file}`, { cause });
    }
  }

  hear(event: ChannelEvent): void {
    const isOurs = event.uuid === this.uuid && event.header('Record-File-Path') === this.file;
    if (isOurs && event.name === 'RECORD_STOP') this.end();
  }

  async stop(): Promise<void> {
    await this.server.command(`uuid_record ${this.uuid} stop ${this.file}`).catch(() => this.end());
    await isSettled(this.ended.promise, END_LIMIT_MS);
    this.end();
  }
}
