/** The files in the repository that are made from the operations. */
import { fileURLToPath } from 'node:url';
import { OPERATIONS } from '../../operations/index.ts';
import { describeApi } from './description.ts';
import { referencePage } from './reference.ts';

export function generatedFiles(): { readonly path: string; readonly content: string }[] {
  const at = (name: string) => fileURLToPath(new URL(`../../../docs/admin/${name}`, import.meta.url));
  return [
    { path: at('openapi.json'), content: `${JSON.stringify(describeApi(OPERATIONS), null, 2)}\n` },
    { path: at('api-reference.md'), content: referencePage(OPERATIONS) },
  ];
}
