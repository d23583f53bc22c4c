/** The files in the repository that are made from the operations. */
import { fileURLToPath } from 'node:url';
import { administratorPage, OPERATIONS, userPage } from '../../operations/index.ts';
import { describeApi } from './description.ts';
import { referencePage } from './reference.ts';

export function generatedFiles(): { readonly path: string; readonly content: string }[] {
  const docs = (name: string) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));
  const at = (name: string) => docs(`admin/${name}`);
  return [
    { path: at('openapi.json'), content: `${JSON.stringify(describeApi(OPERATIONS), null, 2)}\n` },
    { path: at('api-reference.md'), content: referencePage(OPERATIONS) },
    { path: at('commands.md'), content: administratorPage(OPERATIONS) },
    { path: docs('users/commands.md'), content: userPage(OPERATIONS) },
  ];
}
