/** A log line for people: `07:53:06 info  call  Ringing  callRef=…`. */

const LEVELS: Readonly<Record<number, readonly [name: string, colour: string]>> = {
  10: ['trace', '90'],
  20: ['debug', '90'],
  30: ['info', '32'],
  40: ['warn', '33'],
  50: ['error', '31'],
  60: ['fatal', '31;1'],
};

const LEFT_OUT = new Set(['level', 'time', 'msg', 'part', 'err', 'pid', 'hostname', 'name']);

/**
 * @param line one line of pino's JSON; anything else is given back as it is
 * @param colour whether to use ANSI colours
 */
export function prettyLine(line: string, colour: boolean): string {
  const entry = parsed(line);
  if (entry === undefined) return line;
  const paint = (text: string, code: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [level, levelColour] = LEVELS[Number(entry.level)] ?? ['?', '0'];
  const time = new Date(Number(entry.time)).toISOString().slice(11, 23);
  const facts = Object.entries(entry)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = `${paint(time, '90')} ${paint(level.padEnd(5), levelColour)} ${String(entry.part ?? '').padEnd(7)} ${entry.msg ?? ''}`;
  const tail = facts.length === 0 ? '' : `  ${paint(facts.join(' '), '90')}`;
  return `${head}${tail}\n${errorLines(entry.err)}`;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function errorLines(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message, cause } = error as { stack?: unknown; message?: unknown; cause?: unknown };
  const text = typeof stack === 'string' ? stack : String(message ?? '');
  return `    ${text.replaceAll('\n', '\n    ')}\n${errorLines(cause)}`;
}
