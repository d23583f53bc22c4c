import type { MediaErrorCode } from '../../media/index.ts';

/** By name and not by class: importing the class would load a media engine into everything that reads this file. */
export function mediaCodeOf(error: unknown): MediaErrorCode | 'unknown' {
  if (!(error instanceof Error) || error.name !== 'MediaError' || !('code' in error)) return 'unknown';
  return error.code as MediaErrorCode;
}
