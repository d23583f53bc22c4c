import { lenient } from './error.ts';
import { headerList } from './headers.ts';
import { bareValue, param, parseParams } from './params.ts';
import { quote, readDigits } from './scan.ts';
import type { SipMessage } from './types.ts';

/** One Reason (RFC 3326). */
export interface Reason {
  /** `SIP`, `Q.850`, … in upper case. */
  readonly protocol: string;
  readonly cause?: number;
  readonly text?: string;
}

/** @returns every reason that can be read; the header is for information, so a faulty one is passed over */
export function reasons(message: SipMessage): Reason[] {
  const found: Reason[] = [];
  for (const value of lenient(() => headerList(message, 'reason')) ?? []) {
    const semicolon = value.indexOf(';');
    const params = semicolon < 0 ? [] : lenient(() => parseParams(value, semicolon));
    const protocol = bareValue(value).toUpperCase();
    if (params === undefined || protocol === '') continue;
    const cause = readDigits(param(params, 'cause') ?? '');
    const text = param(params, 'text');
    found.push({
      protocol,
      ...(cause === undefined ? {} : { cause }),
      ...(text === undefined || text === '' ? {} : { text }),
    });
  }
  return found;
}

/** @returns the Q.850 reason with a cause of 1–127, when there is one: it wins over the status (RFC 6432) */
export function q850Reason(message: SipMessage): (Reason & { readonly cause: number }) | undefined {
  for (const reason of reasons(message)) {
    const { cause } = reason;
    if (reason.protocol === 'Q.850' && cause !== undefined && cause >= 1 && cause <= 127) return { ...reason, cause };
  }
  return undefined;
}

/** The header's value. */
export function stringifyReason(reason: Reason): string {
  const cause = reason.cause === undefined ? '' : `;cause=${reason.cause}`;
  return `${reason.protocol}${cause}${reason.text === undefined ? '' : `;text=${quote(reason.text)}`}`;
}
