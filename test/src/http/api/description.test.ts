/** The description of the API is OpenAPI 3.1, and is that of the operations. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../../../../src/http/api/generated.ts';
import { describeApi } from '../../../../src/http/api/index.ts';
import { OPERATIONS } from '../../../../src/operations/index.ts';

const description = structuredClone(describeApi(OPERATIONS)) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
};

describe('the description', () => {
  it('is OpenAPI', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(description));
    expect(errors).toBeUndefined();
    expect([valid, validator.version]).toEqual([true, '3.1']);
  });

  it('has each operation once', () => {
    const ids = Object.values(description.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(ids.toSorted()).toEqual(OPERATIONS.map(({ name }) => name).toSorted());
  });

  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '%s has all fields of its path in its input',
    (_name, { http, input }) => {
      const fields = [...http.path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field);
      expect(Object.keys(input.shape)).toEqual(expect.arrayContaining(fields));
    },
  );
});

describe('files made from the operations', () => {
  it.each(generatedFiles().map(({ path, content }) => [basename(path), path, content]))(
    '%s is fresh (npm run generate)',
    (_name, path, content) => {
      expect(readFileSync(path, 'utf8')).toBe(content);
    },
  );
});
