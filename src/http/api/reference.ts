/** The page of the documentation that lists every request of the API, made from the operations. */
import type { Operation } from '../../operations/index.ts';
import { fieldsOf, hasBody } from './input.ts';
import { PROBLEMS, type ProblemKind } from './problem.ts';

const HEAD = `\
# Requests of the provisioning API

<!-- Generated from src/operations by \`npm run generate\`: do not edit. -->

Paths are below \`/_trunkline/v1\`. How to sign in, and examples: [The provisioning API](provisioning-api.md). The same for programs,
as OpenAPI 3.1: [openapi.json](openapi.json), and at \`/_trunkline/v1/openapi.json\` of each gateway.
`;

const ACCESS: Readonly<Record<Operation['access'], string>> = {
  own: 'users for themselves, administrators for everybody',
  read: 'administrators, and tokens with `access: read`',
  administrator: 'administrators',
};

/** `docs/admin/api-reference.md`, as text. */
export function referencePage(operations: readonly Operation[]): string {
  const nouns = [...new Set(operations.map(nounOf))];
  const sections = nouns.map((noun) => {
    const ours = operations.filter((operation) => nounOf(operation) === noun);
    return `## ${noun}\n\n${ours.map(entryOf).join('\n\n')}\n`;
  });
  const kinds = Object.entries(PROBLEMS) as [ProblemKind, (typeof PROBLEMS)[ProblemKind]][];
  const problems = kinds.map(([kind, { status, about }]) => `| \`${kind}\` | ${status} | ${about} |`);
  const table = ['| problem | status | |', '|---|---|---|', ...problems].join('\n');
  return `${HEAD}\n${sections.join('\n')}\n## Problems\n\nThe last part of \`type\` says which it is.\n\n${table}\n`;
}

const nounOf = ({ name }: Operation): string => name.split('.')[0] ?? name;

function entryOf(operation: Operation): string {
  const { http, summary, access, live, changes, command } = operation;
  const facts = [
    `For ${ACCESS[access]}.`,
    ...(live ? ['Only a gateway that runs can do it.'] : []),
    ...(changes ? ['Takes an `Idempotency-Key`.'] : []),
    ...(operation.download === undefined ? [] : ['The answer is a file, sent piece by piece.']),
    ...(command === undefined ? [] : [`In the chat: \`${command.names[0]}\`.`]),
  ];
  const lines = fieldLines(operation);
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}`;
  return [`### \`${http.method} ${http.path}\``, '', `${sentence}. ${facts.join(' ')}`, ...lines].join('\n');
}

function fieldLines(operation: Operation): readonly string[] {
  const { all, path, schema } = fieldsOf(operation);
  const rows = Object.entries(all).map(([name, { type, enum: choices, description, examples, format }]) => {
    const where = path.has(name) ? 'path' : hasBody(operation) ? 'body' : 'query';
    const needed = path.has(name) || schema.required?.includes(name) === true ? 'needed' : '';
    const what = choices === undefined ? [format ?? type ?? 'any'].flat().join(', ') : choices.map(code).join(', ');
    const words = [description ?? '', ...(examples ?? []).map((example) => `Such as ${code(example)}.`)]
      .join(' ')
      .trim();
    return `| \`${name}\` | ${where} | ${what} | ${needed} | ${words.replaceAll('|', '\\|')} |`;
  });
  return rows.length === 0 ? [] : ['', '| field | where | what | | |', '|---|---|---|---|---|', ...rows];
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
