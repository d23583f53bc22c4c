/** Comma-separated values (RFC 4180) that a spreadsheet reads as data, never as formulas. Pure. */
import type { ColumnValue } from './columns.ts';

export function csvLine(values: readonly ColumnValue[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}

/** A number, and so a telephone number; a Matrix user ID. Neither can call a function, or reach beyond the sheet. */
const HARMLESS = /^(?:[+-]?\d+(?:\.\d+)?|@[a-z0-9._=/+-]+:[A-Za-z0-9.-]+(?::\d+)?)$/;

/**
 * A cell. Spreadsheets run what begins like a formula, and some of what stands here was chosen by strangers (names, reasons,
 * dialled strings): such a cell gets an apostrophe in front.
 */
export function csvCell(value: ColumnValue): string {
  if (value === undefined) return '';
  const text = String(value);
  const safe = /^[=+\-@\t\r\n|%＝＋－＠]/.test(text) && !HARMLESS.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
