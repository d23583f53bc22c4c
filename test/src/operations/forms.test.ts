/** What holds for all operations: names, examples, and what the API says of them. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OPERATIONS, readCommand } from '../../../src/operations/index.ts';

const written = OPERATIONS.flatMap((operation) =>
  operation.command === undefined ? [] : [{ operation, command: operation.command }],
);
const examples = written.flatMap(({ operation, command }) =>
  command.usage.flatMap(({ example }) =>
    command.names.map((name) => ({ operation, text: `${name} ${example}`.trim() })),
  ),
);

describe('operations', () => {
  it('have names that are theirs alone', () => {
    const names = written.flatMap(({ command }) => command.names);
    expect(names.length).toBe(new Set(names).size);
    expect(OPERATIONS.length).toBe(new Set(OPERATIONS.map(({ name }) => name)).size);
  });

  it('have places in the API that are theirs alone, with fields that they know', () => {
    const places = OPERATIONS.map(({ http }) => `${http.method} ${http.path.replace(/\{\w+\}/g, '{}')}`);
    expect(places.length).toBe(new Set(places).size);
    for (const { http, input } of OPERATIONS) {
      const fields = [...http.path.matchAll(/\{(\w+)\}/g)].map(([, field = '']) => field);
      expect(Object.keys(input.shape)).toEqual(expect.arrayContaining(fields));
    }
  });

  it('only look where they say so', () => {
    for (const { name, http, changes } of OPERATIONS) expect([name, http.method === 'GET']).toEqual([name, !changes]);
  });

  it.each(examples)('$text is understood', ({ operation, text }) => {
    const read = readCommand(text, OPERATIONS, { room: '!room:example.org' });
    expect(read).toMatchObject({ kind: 'operation', operation: { name: operation.name } });
    if (read?.kind !== 'operation') return;
    const file = operation.command?.file === undefined ? {} : { [operation.command.file]: 'prefix,price\n' };
    const user = operation.access === 'own' ? { user: '@alice:example.org' } : {};
    expect(operation.input.safeParse({ ...user, ...read.input, ...file }).error).toBeUndefined();
  });

  it.each(written)('$operation.name says that it is misused, and does not throw', ({ operation, command }) => {
    for (const name of command.names) {
      const read = readCommand(`${name} ~ ~ ~ ~`, OPERATIONS);
      if (read?.kind !== 'operation') continue;
      // What is only checked with what is there is refused by the schema, or by the operation itself.
      expect(Object.keys(read.input).length).toBeGreaterThan(0);
    }
    expect(operation.summary).toMatch(/^[a-z].*[^.]$/);
  });

  it('have schemas that can be described', () => {
    for (const { input, output } of OPERATIONS) {
      expect(z.toJSONSchema(input, { io: 'input' })).toMatchObject({ type: 'object' });
      expect(z.toJSONSchema(output)).toBeDefined();
    }
  });
});
