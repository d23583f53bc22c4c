/** The bot SDK, loaded without the warning that one of its dependencies gives on Node 24 (DEP0060, in `htmlencode`). */
import { createRequire } from 'node:module';
import type * as BotSdk from '@vector-im/matrix-bot-sdk';

export const { LogService, MatrixClient, MatrixError } = loadQuietly();

function loadQuietly(): typeof BotSdk {
  const before = process.noDeprecation;
  process.noDeprecation = true;
  try {
    return createRequire(import.meta.url)('@vector-im/matrix-bot-sdk') as typeof BotSdk;
  } finally {
    process.noDeprecation = before ?? false;
  }
}
