/** The files in the repository that are made from the schema. */
import { fileURLToPath } from 'node:url';
import { configJsonSchema, configPage, configSample } from './generate.ts';

export function generatedFiles(): { readonly path: string; readonly content: string }[] {
  const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  return [
    { path: at('trunkline.schema.json'), content: configJsonSchema() },
    { path: at('trunkline.sample.yaml'), content: configSample() },
    { path: at('../docs/admin/configuration.md'), content: configPage() },
  ];
}
