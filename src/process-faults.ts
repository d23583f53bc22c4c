/** Errors that nobody handled. */
import type { Logger } from 'pino';

/**
 * A rejection that nobody handled is logged and the gateway goes on: other calls have nothing to do with it. An exception
 * that nobody caught leaves the process in a state that nobody knows: it is told to `onFatal`, once, so that calls can be
 * ended in order (docs/decisions/unhandled-errors.md).
 * @returns takes the handlers away again
 */
export function watchProcess(
  logger: Logger,
  onFatal: (error: Error) => void,
  watched: Pick<NodeJS.EventEmitter, 'on' | 'off'> = process,
): () => void {
  const onRejection = (reason: unknown): void => {
    logger.error({ err: reason }, 'Something failed and nobody handled it; the gateway goes on');
  };
  const onException = (error: unknown): void => {
    logger.fatal({ err: error }, 'An error that nobody caught: the gateway stops');
    onFatal(error instanceof Error ? error : new Error(String(error)));
  };
  watched.on('unhandledRejection', onRejection);
  watched.on('uncaughtException', onException);
  return () => {
    watched.off('unhandledRejection', onRejection);
    watched.off('uncaughtException', onException);
  };
}
