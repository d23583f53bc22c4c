/** Operations in the chat with the gateway: who may, where, and that a repeat does nothing twice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MALLORY } from '../matrix/support/side.ts';
import { ADMIN, CONTROL_ROOM, type OperationWorld, operationWorld } from './world.ts';

let world: OperationWorld;
beforeEach(async () => {
  world = await operationWorld();
});
afterEach(() => world.close());

describe('credit', () => {
  it('is shown to whoever asks', async () => {
    expect(await world.say('credit')).toBe('Credit: 0.00 EUR.');
    expect(await world.say('Credit')).toBe('Credit: 0.00 EUR.');
  });

  it('of others is shown to administrators alone', async () => {
    expect(await world.say('credit @alice:hs.test', { as: MALLORY })).toBe('Only administrators may do this.');
    expect(await world.say('credit @alice:hs.test', { as: ADMIN })).toBe('Credit: 0.00 EUR.');
  });

  it('is asked for in a control room with a mark in front', async () => {
    expect(await world.say('credit', { room: CONTROL_ROOM })).toBe('');
    expect(await world.say('!credit', { room: CONTROL_ROOM })).toBe('Credit: 0.00 EUR.');
    expect(await world.say('!nothing of ours', { room: CONTROL_ROOM })).toBe('');
  });
});

describe('help', () => {
  it('lists operations, and shows examples of one', async () => {
    expect(await world.say('help')).toContain('credit – shows your credit');
    expect(await world.say('help credit')).toContain('for example: credit');
    expect(await world.say('!help', { room: CONTROL_ROOM })).toContain('credit – shows your credit');
  });
});
