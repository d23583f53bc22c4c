/** Whether an event socket lets us in: drachtio-fsmrf waits for ever when it does not, and cannot say why. */

import { connect } from 'node:net';
import { MediaError } from '../engine.ts';

const MAX_REPLY_BYTES = 4096;

/**
 * Logs in once and leaves again.
 * @throws MediaError `engine-failed` in words: not reachable, not from this address, not with this password
 */
export function checkLogin(host: string, port: number, secret: string, timeoutMs: number): Promise<void> {
  const where = `the event socket at ${host}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let received = '';
    const end = (failure?: string, cause?: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      if (failure === undefined) resolve();
      else reject(new MediaError('engine-failed', `${where} ${failure}`, { cause }));
    };
    const timer = setTimeout(() => end(`does not answer within ${timeoutMs} ms`), timeoutMs);
    socket.on('error', (cause: NodeJS.ErrnoException) =>
      end(`cannot be reached (${cause.code ?? cause.message})`, cause),
    );
    socket.on('close', () => end('closed the connection before the login'));
    socket.on('data', (data) => {
      received = (received + data.toString('latin1')).slice(-MAX_REPLY_BYTES);
      const verdict = readVerdict(received);
      if (verdict === 'asked') {
        received = '';
        socket.write(`auth ${secret}\n\n`);
      } else if (verdict !== undefined) {
        end(verdict === 'accepted' ? undefined : verdict);
      }
    });
  });
}

/** What the messages so far come to; undefined: more must come. */
export function readVerdict(text: string): 'asked' | 'accepted' | string | undefined {
  if (text.includes('Content-Type: text/rude-rejection')) {
    return 'refuses our address: allow the gateway in its access list (GATEWAY_NETWORK in docker/freeswitch)';
  }
  if (text.includes('Reply-Text: +OK')) return 'accepted';
  if (text.includes('Reply-Text: -ERR')) return 'refused the password: check the secret of this server';
  return text.includes('Content-Type: auth/request') ? 'asked' : undefined;
}
