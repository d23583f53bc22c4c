/** The files under docker/, as the tests read them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

export interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

/** The stages of a Dockerfile, each with its instructions; lines that are continued are one. */
export function stagesOf(dockerfile: string): Instruction[][] {
  const stages: Instruction[][] = [];
  const lines = dockerfile
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n');
  for (const line of lines) {
    const [, keyword = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (keyword === 'FROM') stages.push([]);
    if (keyword !== '') stages.at(-1)?.push({ keyword, text });
  }
  return stages;
}

/** What is copied: from which stage ('' for the repository), what, and where to. */
export function copies(stage: readonly Instruction[]): { from: string; sources: string[]; to: string }[] {
  return stage
    .filter(({ keyword }) => keyword === 'COPY')
    .map(({ text }) => {
      const words = text.split(/\s+/);
      const from = words[0]?.startsWith('--from=') ? words[0].slice('--from='.length) : '';
      const paths = words.filter((word) => !word.startsWith('--'));
      return { from, sources: paths.slice(0, -1), to: paths.at(-1) ?? '' };
    });
}
