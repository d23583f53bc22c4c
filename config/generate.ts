/** What is made from the schema: the JSON Schema for editors, the annotated sample, the page of the documentation. */
import { z } from 'zod';
import { type Description, description, everyKey } from './describe.ts';
import { variableName } from './environment.ts';
import { exampleLine } from './fault.ts';
import { configSchema, keyDocs } from './schema/index.ts';
import { wrapped } from './wrap.ts';

/** JSON Schema (draft 2020-12) of the file, as text, for editors with a YAML language server. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    metadata: z.registry(),
    override: ({ zodSchema, jsonSchema }) => {
      // A section whose keys are all commented out is null in YAML, and no fault.
      if (zodSchema instanceof z.ZodPrefault && jsonSchema.type === 'object') {
        Object.assign(jsonSchema, { type: ['object', 'null'] });
      }
      if (zodSchema instanceof z.ZodObject) leaveToPreset(zodSchema, jsonSchema);
      const doc = keyDocs.get(zodSchema as unknown as z.ZodType);
      if (doc === undefined) return;
      jsonSchema.description = doc.about;
      if (doc.example !== undefined && doc.secret !== true) jsonSchema.examples = [doc.example];
    },
  });
  return `${JSON.stringify({ title: 'Configuration of Trunkline', ...schema }, null, 2)}\n`;
}

/** Keys that a preset may give are not demanded of what is written. */
function leaveToPreset(section: z.ZodObject, jsonSchema: z.core.JSONSchema.BaseSchema): void {
  const shape = section.shape as Record<string, z.ZodType>;
  const required = jsonSchema.required?.filter((name) => {
    const child = shape[name];
    return child === undefined || keyDocs.get(child)?.byPreset !== true;
  });
  if (required !== undefined) jsonSchema.required = required;
}

const SAMPLE_HEAD = `\
# yaml-language-server: $schema=./trunkline.schema.json
#
# Configuration of Trunkline, with every key. What has to be chosen is written out; what is commented out ("#key") shows
# its default, or an example where there is none. Check a changed file with: trunkline config check
# Every key can be set by environment variable too: trunks[0].host is TRUNKLINE_TRUNKS__0__HOST.
`;

/** The annotated sample, as text; itself a configuration without faults. */
export function configSample(): string {
  const sections = childrenOf(description).map((section) => sampleLines(section).join('\n'));
  return `${SAMPLE_HEAD}\n${sections.join('\n\n')}\n`;
}

function childrenOf(described: Description): readonly Description[] {
  return described.kind === 'section' ? described.children : [];
}

/** A section that exists only when it is given: its required keys are not asked for without it. */
function isLeftOut(section: Description): boolean {
  return !section.required && childrenOf(section).some((child) => child.required);
}

/** A key with its comment, indented as if it stood at the root. */
function sampleLines(described: Description): string[] {
  return [...wrapped(described.doc.about, 116).map((line) => `# ${line}`), ...keyLines(described)];
}

function keyLines(described: Description): string[] {
  const { name } = described;
  switch (described.kind) {
    case 'section': {
      const lines = [`${name}:`, ...indented(described.children.flatMap(sampleLines))];
      return isLeftOut(described) ? disabled(lines) : lines;
    }
    case 'list': {
      if (described.item.kind !== 'section') return valueLines(described);
      const [first = '', ...rest] = childrenOf(described.item).flatMap(sampleLines);
      const lines = [`${name}:`, `  - ${first}`, ...indented(indented(rest))];
      return described.required ? lines : disabled(lines);
    }
    case 'value':
      return valueLines(described);
    default:
      return described satisfies never;
  }
}

function valueLines(described: Description): string[] {
  const { name, doc, required } = described;
  const showsExample =
    required || isEmptyList(described.default) || (doc.inSample === true && doc.example !== undefined);
  const value = showsExample ? doc.example : (described.default ?? doc.example);
  const lines = [exampleLine(name, value)];
  return required || doc.inSample === true ? lines : disabled(lines);
}

/** A default that shows nobody how the list is written. */
function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function disabled(lines: readonly string[]): string[] {
  return lines.map((line) => `#${line}`);
}

const PAGE_HEAD = `\
# Configuration

<!-- Generated from config/schema by \`npm run generate\`: do not edit. -->

Trunkline reads one YAML file, \`trunkline.yaml\` in the current folder unless \`--config\` or \`TRUNKLINE_CONFIG\` says
otherwise. \`trunkline config sample\` prints one to start from, \`trunkline config check\` tells everything that is wrong
with yours, each fault with its line, what was expected and an example; \`trunkline config show\` prints what
counts in the end, without secrets; \`trunkline config schema\` prints a JSON Schema for editors. Nothing starts on a
configuration with a fault.

- **Environment.** Every key can be set by a variable, which wins over the file: \`TRUNKLINE_\`, then the path in capitals
  with \`__\` between the steps and the number of an item, counted from 0 (\`TRUNKLINE_TRUNKS__0__HOST\`). Lists of plain
  values are written with commas, whole sections as YAML. A variable with this beginning that is no key is a fault.
- **Secrets.** A key marked *secret* can be read from a file: \`password_file\` in place of \`password\`
  (\`TRUNKLINE_TRUNKS__0__PASSWORD_FILE\`). Secrets are never shown in faults or logs.
- **File names** are relative to the folder of the configuration file.
- **Units** are in the names: \`_s\` is seconds. A key with nothing after it counts as not given.
`;

/** `docs/admin/configuration.md`, as text. */
export function configPage(): string {
  const sections = childrenOf(description).map((section) => {
    const keys = [...everyKey(section)].filter((each) => each.kind !== 'section').map(pageEntry);
    return `## \`${section.name}\`\n\n${section.doc.about}\n\n${keys.join('\n\n')}\n`;
  });
  return `${PAGE_HEAD}\n${sections.join('\n')}`;
}

function pageEntry(described: Description): string {
  const { path, doc, required } = described;
  const facts = [required ? '**required**' : defaultText(described), described.expects];
  if (doc.secret === true) facts.push('*secret*');
  const example =
    doc.example === undefined || doc.secret === true
      ? []
      : [`- Example: \`${exampleLine(described.name, doc.example)}\``];
  const lines = [`### \`${path}\``, '', doc.about, '', `- ${facts.join(' · ')}`, ...example];
  return [...lines, `- Variable: \`${variableName(path)}\``].join('\n');
}

function defaultText(described: Description): string {
  if (described.default === undefined) return 'optional';
  return `default \`${JSON.stringify(described.default)}\``;
}
