/** One gateway for the tests of a `describe`, and one call with audio at a time. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { House, type HouseOptions } from './house.ts';
import { MediaCall } from './media-call.ts';

export interface Tenancy {
  readonly house: House;
  /** A call that is answered, heard in both directions, and closed after the test. */
  talking(common?: Readonly<Record<string, unknown>>): Promise<MediaCall>;
  /** A call whose INVITE is at the telephone. */
  calling(common?: Readonly<Record<string, unknown>>): Promise<MediaCall>;
}

/** @param options asked for when the gateway is made */
export function useHouse(options: () => HouseOptions | Promise<HouseOptions> = () => ({})): Tenancy {
  let house: House | undefined;
  let media: MediaCall | undefined;
  const open = (): House => {
    if (house === undefined) throw new Error('the house is open during tests only');
    return house;
  };
  beforeAll(async () => {
    house = await House.open(await options());
  });
  afterEach(async () => {
    await media?.close();
    media = undefined;
    await open().quiet();
  });
  afterAll(async () => {
    await house?.close();
  });
  return {
    get house() {
      return open();
    },
    async calling(common = {}) {
      media = await MediaCall.begin(open(), common);
      return media;
    },
    async talking(common = {}) {
      media = await MediaCall.begin(open(), common);
      await media.answer();
      await media.expectAudio();
      return media;
    },
  };
}

/** The direction of the audio in a description. */
export const direction = (sdp: string): string | undefined => DIRECTION.exec(sdp)?.[1];
export const withDirection = (sdp: string, to: string): string => sdp.replace(DIRECTION, `a=${to}\r`);
const DIRECTION = /^a=(sendrecv|sendonly|recvonly|inactive)\r$/m;
