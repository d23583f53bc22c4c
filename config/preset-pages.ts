/** What is made from the presets: a sample configuration of each, and the page of the documentation. */
import { stringify } from 'yaml';
import { type Preset, presets } from './presets.ts';
import { setAt } from './tree.ts';
import { wrapped } from './wrap.ts';

/** The trunk as somebody would write it who uses the preset: a name, and what the preset needs. Secrets are in files. */
export function presetTrunk(preset: Preset): unknown {
  let trunk: unknown = { name: preset.name, preset: preset.name };
  for (const [name, example] of Object.entries(preset.needs)) {
    const isSecret = name === 'password';
    const path = isSecret ? ['password_file'] : name.split('.');
    trunk = setAt(trunk, path, isSecret ? `/run/secrets/${preset.name}` : example);
  }
  return trunk;
}

function yamlOf(preset: Preset, indent: string): string {
  const lines = stringify([presetTrunk(preset)], { lineWidth: 0 })
    .trimEnd()
    .split('\n');
  return lines.map((line) => `${indent}${line}`).join('\n');
}

/** A whole configuration, as text. */
export function presetSample(preset: Preset): string {
  const notes = wrapped(preset.notes, 116).map((line) => `# ${line}`);
  return `# ${preset.about}
#
${notes.join('\n')}
#
# Made from config/presets/${preset.name}.yaml by \`npm run generate\`: do not edit, copy.
homeserver: { url: http://localhost:8008, domain: example.org }
appservice: { url: http://localhost:9993 }
ghosts: { gateway_host: sip.example.org }
permissions: { call_out: ['@*:example.org'] }
numbers: { region: GB }
trunks:
${yamlOf(preset, '  ')}
`;
}

const HEAD = `\
# Presets

<!-- Generated from config/presets by \`npm run generate\`: do not edit. -->

A preset is what is known of a provider or a PBX, as data. A trunk that names one (\`preset\`) starts from its settings;
whatever is written beside it wins, section by section and key by key; a list replaces the whole list. \`trunkline config show\`
prints what counts in the end. A configuration for each is in \`config/samples\`.

What was not verified against the provider says so: tell us how it went. Every trunk can be tried with
\`trunkline trunk test NAME\` before the first call.
`;

/** `docs/admin/presets.md`, as text. */
export function presetsPage(): string {
  const entries = [...presets.values()].map((preset) => {
    const yaml = `\`\`\`yaml\ntrunks:\n${yamlOf(preset, '  ')}\n\`\`\``;
    return `## \`${preset.name}\`\n\n${preset.about}.\n\n${preset.notes}\n\n${yaml}\n`;
  });
  return `${HEAD}\n${entries.join('\n')}`;
}
