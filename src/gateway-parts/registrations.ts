/** The registrations that the gateway works with, read from their files. */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import {
  type Config,
  type Registration,
  RegistrationError,
  readJoinToken,
  readRegistration,
} from '../../config/index.ts';

export interface Registrations {
  readonly own: Registration;
  /** Of the second one, with which users are joined to rooms. */
  readonly joinToken?: string;
}

/** @throws RegistrationError with the file and what to do */
export function registrationsOf(config: Config, logger: Logger): Registrations {
  const own = readOrExplain(config.appservice.registration, (text) => readRegistration(config, text));
  for (const note of own.notes) logger.warn(`The registration is not quite as it should be: ${note}`);
  if (config.rooms.join_users !== 'as-user') return { own: own.registration };
  const joinToken = readOrExplain(config.rooms.join_registration, (text) => readJoinToken(config, text));
  return { own: own.registration, joinToken };
}

function readOrExplain<T>(file: string, read: (text: string) => T): T {
  try {
    return read(readFileSync(file, 'utf8'));
  } catch (error) {
    const why =
      error instanceof RegistrationError ? error.message : `it cannot be read; \`trunkline registration\` writes it`;
    throw new RegistrationError(`The registration ${file}: ${why}`, { cause: error });
  }
}
