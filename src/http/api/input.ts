/** The input of an operation, put together of the path, the query and the body of a request. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Operation } from '../../operations/index.ts';
import { Problem } from './problem.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What the fields of an operation's input look like. */
export interface InputFields {
  readonly schema: JsonSchema;
  readonly all: Readonly<Record<string, JsonSchema>>;
  /** In the path. */
  readonly path: ReadonlySet<string>;
}

export function fieldsOf({ input, http }: Pick<Operation, 'input' | 'http'>): InputFields {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  const path = [...http.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return { schema, all: (schema.properties ?? {}) as Record<string, JsonSchema>, path: new Set(path) };
}

/** Whether fields come in a body. */
export const hasBody = ({ http }: Pick<Operation, 'http'>): boolean => http.method === 'POST' || http.method === 'PUT';

/**
 * @returns what the operation checks: values of path and query are text there, and become what the schema wants
 * @throws Problem when a field is not known, or is given twice
 */
export function inputOf(operation: Operation, fields: InputFields, request: FastifyRequest): Record<string, unknown> {
  const query = request.query as Readonly<Record<string, unknown>>;
  const file = operation.command?.file;
  const body = typeof request.body === 'string' && file !== undefined ? { [file]: request.body } : request.body;
  if (body !== undefined && body !== null && (typeof body !== 'object' || Array.isArray(body))) {
    throw new Problem('unreadable', 'The body must be a JSON object.');
  }
  const path = request.params as Readonly<Record<string, string>>;
  const parts = [
    mapped(path, (name, value) => fromText(fields.all[name], value)),
    mapped(query, (name, value) => fromText(fields.all[name], value)),
    (body ?? {}) as Record<string, unknown>,
  ];
  const names = parts.flatMap((part) => Object.keys(part));
  const errors = names.flatMap((name, index) => {
    if (!Object.hasOwn(fields.all, name)) return [{ field: name, detail: 'is not known here' }];
    return names.indexOf(name) < index ? [{ field: name, detail: 'is given twice' }] : [];
  });
  if (errors.length > 0) {
    const words = errors.map(({ field, detail }) => `“${field.slice(0, 40)}” ${detail}`).join(', ');
    throw new Problem('invalid', `${words}. Known: ${Object.keys(fields.all).join(', ') || 'nothing'}.`, { errors });
  }
  return Object.assign({}, ...parts) as Record<string, unknown>;
}

function mapped(
  values: Readonly<Record<string, unknown>>,
  change: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(name, value)]));
}

/** `"5"` is a number where one is wanted, `a,b` or a repeated parameter a list. What does not fit stays, and is refused later. */
function fromText(schema: JsonSchema | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  if (schema.type === 'array') {
    const items = (Array.isArray(value) ? value : [value]).flatMap((each) => String(each).split(','));
    return items.map((item) => fromText(schema.items as JsonSchema | undefined, item));
  }
  if (typeof value !== 'string') return value;
  if ((schema.type === 'number' || schema.type === 'integer') && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value)) {
    return Number(value);
  }
  if (schema.type === 'boolean') return ({ true: true, false: false } as Record<string, unknown>)[value] ?? value;
  return value;
}
