import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { watchProcess } from '../../src/process-faults.ts';

function watched() {
  const emitter = new EventEmitter();
  const fatal: Error[] = [];
  const lines: { level: number; msg: string }[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const unwatch = watchProcess(logger, (error) => fatal.push(error), emitter);
  return { emitter, fatal, lines, unwatch };
}

describe('errors that nobody handled', () => {
  it('as a rejection: logged, and the gateway goes on', () => {
    const { emitter, fatal, lines } = watched();
    emitter.emit('unhandledRejection', new Error('lost'));
    expect(fatal).toEqual([]);
    expect(lines.map(({ level }) => level)).toEqual([50]);
  });

  it('as an exception: logged, and the gateway is told to stop', () => {
    const { emitter, fatal, lines } = watched();
    emitter.emit('uncaughtException', 'not even an error');
    expect(fatal.map(String)).toEqual(['Error: not even an error']);
    expect(lines.map(({ level }) => level)).toEqual([60]);
  });

  it('are left alone when the gateway has stopped', () => {
    const { emitter, unwatch } = watched();
    unwatch();
    expect(emitter.eventNames()).toEqual([]);
  });
});
