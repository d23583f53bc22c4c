/** The YAML file as data, and where each key stands in it. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Path } from './describe.ts';

/** A place in the file, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface SyntaxFault extends Place {
  readonly message: string;
}

export interface Source {
  /** `{}` for an empty file; undefined when the file is not YAML at all. */
  readonly data: unknown;
  readonly syntaxFaults: readonly SyntaxFault[];
  /** Where the key at `path` stands, or its nearest parent that exists. `of`: the name or what stands after it. */
  place(path: Path, of: 'key' | 'value'): Place;
}

/** Reads YAML 1.2. Never throws: what is wrong with the syntax is in `syntaxFaults`. */
export function parseSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', logLevel: 'error' });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const syntaxFaults = document.errors.map((error) => ({
    ...at(error.pos[0]),
    message: firstLine(error.message),
  }));
  let data: unknown;
  try {
    if (syntaxFaults.length === 0) data = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    syntaxFaults.push({
      line: 1,
      column: 1,
      message: error instanceof Error ? firstLine(error.message) : 'unreadable',
    });
  }
  return { data, syntaxFaults, place: (path, of) => at(offsetOf(document, path, of)) };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

function offsetOf(document: Document, path: Path, of: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1;
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      const keyOffset = startOf(pair.key);
      const valueOffset = startOf(pair.value);
      offset = (isLast && of === 'key' ? keyOffset : (valueOffset ?? keyOffset)) ?? offset;
      // A missing child is reported at the name of its section, which is easier to find than its first key.
      if (!isLast && keyOffset !== undefined && !hasChild(pair.value, path[index + 1])) return keyOffset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)];
      if (item === undefined) return offset;
      offset = startOf(item) ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

function hasChild(node: unknown, step: string | number | undefined): boolean {
  if (step === undefined || isAlias(node)) return true;
  if (isMap(node)) return node.has(step);
  if (isSeq(node)) return Number(step) < node.items.length;
  return false;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
