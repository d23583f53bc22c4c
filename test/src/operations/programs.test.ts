/** Operations that only programs use: the chat has commands of its own for them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, OPERATIONS, speechFor } from '../../../src/operations/index.ts';
import { ALICE } from '../matrix/support/side.ts';
import { type OperationWorld, operationWorld } from './world.ts';

let world: OperationWorld;
beforeEach(async () => {
  world = await operationWorld();
});
afterEach(() => world.close());

async function run(name: string, input: Record<string, unknown>) {
  const operation = OPERATIONS.find((each) => each.name === name);
  if (operation === undefined) throw new Error(`there is no ${name}`);
  const caller = { kind: 'token', name: 'billing', access: 'administrator' } as const;
  const output = await execute(operation, { user: ALICE, ...input }, { caller, key: name, parts: world.parts });
  return { output, words: operation.words(output, speechFor(world.parts, undefined, false)) };
}

describe('notices', () => {
  it('are shown and chosen, as in the chat', async () => {
    await world.say('notices missed off');
    expect((await run('notices.show', {})).words).toContain('missed: off (calls that nobody took)');
    const { output } = await run('notices.set', { kind: 'missed', on: true });
    expect(output).toMatchObject({
      notices: expect.arrayContaining([expect.objectContaining({ kind: 'missed', on: true })]),
    });
    expect(await world.say('notices')).toContain('missed: on');
    await expect(run('notices.set', { kind: 'weather', on: true })).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('names', () => {
  it('are the ones of the chat', async () => {
    expect((await run('names.set', { number: '07700 900123', name: 'Bob  Smith' })).output).toEqual({
      number: '+447700900123',
      name: 'Bob Smith',
    });
    expect(await world.say('name')).toContain('Bob Smith');
    expect((await run('names.list', {})).words).toBe('Bob Smith: 07700 900123');
    expect((await run('names.remove', { number: '+447700900123' })).words).toContain('no name any more');
    expect((await run('names.list', {})).words).toBe('There are no names.');
    await expect(run('names.set', { number: '07700 900123', name: '123' })).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('what needs a gateway that runs', () => {
  it('is not done without one', async () => {
    await expect(run('texts.send', { number: '07700 900123', text: 'hello' })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
