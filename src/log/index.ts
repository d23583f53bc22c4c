/** The log: pino, without secrets, in JSON or for people. Parts get children with their name in `part`. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyLine } from './pretty.ts';
import { type RedactOptions, redactText, redactValue } from './redact.ts';

export { redactText, redactValue } from './redact.ts';

export interface LogSettings {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'auto' | 'json' | 'pretty';
  /** Shorten telephone numbers. Secrets are never logged either way. */
  readonly redact: boolean;
}

/** Where lines go; `isTTY` decides what `auto` means. */
export interface LogTarget extends DestinationStream {
  readonly isTTY?: boolean;
}

export function createLogger(settings: LogSettings, target: LogTarget): Logger {
  const isPretty = settings.format === 'pretty' || (settings.format === 'auto' && target.isTTY === true);
  const options: RedactOptions = { numbers: settings.redact };
  const colour = target.isTTY === true;
  return pino(
    {
      level: settings.level,
      base: null,
      // Errors are made plain by redactValue, which looks into them.
      serializers: { err: (error: unknown) => error },
      formatters: { log: (entry) => redactValue(entry, options) as Record<string, unknown> },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args as unknown as [unknown, ...unknown[]];
          const plain = first instanceof Error ? { err: first } : first;
          const safe = [typeof plain === 'string' ? redactText(plain, options) : plain];
          safe.push(...rest.map((arg) => redactValue(arg, options)));
          // An error alone gets its message as the line's, as pino itself does.
          if (first instanceof Error && rest.length === 0) safe.push(redactText(first.message, options));
          method.apply(this, safe as Parameters<typeof method>);
        },
      },
    },
    isPretty ? { write: (line: string) => target.write(prettyLine(line, colour)) } : target,
  );
}
