/** The composition root: the only file that knows every part. */
import type { Config } from '../config/index.ts';
import type { RunningGateway } from './cli/index.ts';

export function startGateway(_config: Config, _options: { readonly version: string }): Promise<RunningGateway> {
  throw new Error('the parts are not put together yet');
}
