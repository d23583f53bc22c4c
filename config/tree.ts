/** Reading and writing plain data by path. */
import type { Path } from './describe.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function getAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, step) => {
    if (Array.isArray(here)) return here[Number(step)];
    return isRecord(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }, data);
}

/** `data` with `value` at `path`; sections and lists on the way are made where there is nothing. */
export function setAt(data: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list: unknown[] = Array.isArray(data) ? [...data] : [];
    list[step] = setAt(list[step], rest, value);
    return Array.from(list);
  }
  const record = isRecord(data) ? { ...data } : {};
  record[step] = setAt(record[step], rest, value);
  return record;
}

/** Takes a key out, in place. */
export function deleteAt(data: unknown, path: Path): void {
  const parent = getAt(data, path.slice(0, -1));
  const name = path.at(-1);
  if (isRecord(parent) && name !== undefined) delete parent[name];
}

/** A key with nothing after it counts as not given: a section whose keys are all commented out is no fault. */
export function withoutNulls(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(withoutNulls);
  if (!isRecord(data)) return data;
  const entries = Object.entries(data).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutNulls(value)]));
}
