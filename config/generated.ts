/** The files in the repository that are made from the schema and the presets. */
import { fileURLToPath } from 'node:url';
import { configJsonSchema, configPage, configSample } from './generate.ts';
import { presetSample, presetsPage } from './preset-pages.ts';
import { presets } from './presets.ts';

export function generatedFiles(): { readonly path: string; readonly content: string }[] {
  const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const samples = [...presets.values()].map((preset) => ({
    path: at(`samples/${preset.name}.yaml`),
    content: presetSample(preset),
  }));
  return [
    ...samples,
    { path: at('../docs/admin/presets.md'), content: presetsPage() },
    { path: at('trunkline.schema.json'), content: configJsonSchema() },
    { path: at('trunkline.sample.yaml'), content: configSample() },
    { path: at('../docs/admin/configuration.md'), content: configPage() },
  ];
}
