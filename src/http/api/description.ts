/** The OpenAPI 3.1 description of the API, made from the operations themselves. */
import { z } from 'zod';
import type { Operation } from '../../operations/index.ts';
import { fieldsOf, hasBody } from './input.ts';
import { PROBLEMS, problemType } from './problem.ts';

const ABOUT = `What an administrator, or a user for themselves, does with Trunkline by the chat or the command line, as an API.

Programs send a token of the configuration (\`api.tokens\`) as \`Authorization: Bearer …\`; users of the homeserver an OpenID token
(client-server API, \`/user/{userId}/openid/request_token\`) as \`Authorization: MatrixOpenID …\`. Amounts of money are text, such as
\`"12.50"\`: as numbers they would be rounded. What went wrong is told as problem details (RFC 9457).`;

const ACCESS: Readonly<Record<Operation['access'], string>> = {
  own: 'Users for themselves, administrators for everybody.',
  read: 'Administrators, and tokens that may only look.',
  administrator: 'Administrators alone.',
};

const problem = { $ref: '#/components/responses/Problem' };

/** The whole description, as plain data. */
export function describeApi(operations: readonly Operation[]): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const { path, method } = operation.http;
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(operation) };
  }
  const nouns = [...new Set(operations.map(nounOf))];
  return {
    openapi: '3.1.0',
    info: { title: 'Trunkline provisioning API', version: '1', description: ABOUT },
    servers: [{ url: '/_trunkline/v1' }],
    tags: nouns.map((name) => ({ name })),
    security: [{ token: [] }, { openId: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of `api.tokens`.' },
        openId: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: '`MatrixOpenID` and an OpenID token of the homeserver.',
        },
      },
      responses: {
        Problem: { description: 'It was not done.', content: { 'application/problem+json': problemContent() } },
      },
    },
  };
}

function problemContent(): Readonly<Record<string, unknown>> {
  const kinds = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];
  return {
    schema: {
      type: 'object',
      required: ['type', 'title', 'status', 'detail'],
      properties: {
        type: { type: 'string', enum: kinds.map(problemType) },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string', description: 'What is wrong with this very request.' },
        errors: {
          type: 'array',
          description: 'Field by field.',
          items: {
            type: 'object',
            required: ['field', 'detail'],
            properties: { field: { type: 'string' }, detail: { type: 'string' } },
          },
        },
      },
    },
  };
}

const nounOf = ({ name }: Operation): string => name.split('.')[0] ?? name;

function describeOperation(operation: Operation): Readonly<Record<string, unknown>> {
  const { name, summary, access, changes, http } = operation;
  const { schema, all, path } = fieldsOf(operation);
  const required = new Set(schema.required ?? []);
  const isInQuery = (field: string) => !path.has(field) && !hasBody(operation);
  const parameters = Object.entries(all)
    .filter(([field]) => path.has(field) || isInQuery(field))
    .map(([field, { description, ...of }]) => ({
      name: field,
      in: path.has(field) ? 'path' : 'query',
      required: path.has(field) || required.has(field),
      ...(description === undefined ? {} : { description }),
      schema: of,
    }));
  const body = Object.entries(all).filter(([field]) => !path.has(field));
  return {
    operationId: name,
    tags: [nounOf(operation)],
    summary,
    description: ACCESS[access],
    parameters: [...parameters, ...(changes && http.method !== 'GET' ? [IDEMPOTENCY_KEY] : [])],
    ...(hasBody(operation) && body.length > 0
      ? { requestBody: describeBody(operation, Object.fromEntries(body), required) }
      : {}),
    responses: { 200: describeAnswer(operation), default: problem },
  };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same for each repeat of a request, and for no other: what was done under it is not done again.',
  schema: { type: 'string', minLength: 1, maxLength: 128 },
};

function describeBody(
  { command }: Operation,
  properties: Readonly<Record<string, unknown>>,
  required: ReadonlySet<unknown>,
): Readonly<Record<string, unknown>> {
  const needed = Object.keys(properties).filter((field) => required.has(field));
  const json = {
    schema: {
      type: 'object',
      properties,
      ...(needed.length === 0 ? {} : { required: needed }),
      additionalProperties: false,
    },
  };
  // The file may come as it is, with the other fields in the query.
  const file = command?.file === undefined ? {} : { 'text/csv': { schema: { type: 'string' } } };
  return { required: needed.length > 0, content: { 'application/json': json, ...file } };
}

function describeAnswer({ output, download }: Operation): Readonly<Record<string, unknown>> {
  if (download !== undefined) {
    return { description: 'A file, piece by piece.', content: { '*/*': { schema: { type: 'string' } } } };
  }
  const { $schema: _, ...schema } = z.toJSONSchema(output, { io: 'output', unrepresentable: 'any' });
  return { description: 'It was done.', content: { 'application/json': { schema } } };
}
