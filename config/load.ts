/** Reads a configuration: file, environment and secret files in; a checked configuration or every fault at once out. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { type Conflict, checkTogether } from './check/index.ts';
import { type Description, describedAt, description, type Path, pathText } from './describe.ts';
import { type EnvironmentValue, readEnvironment } from './environment.ts';
import { exampleOf, problemOf, repairOf } from './example.ts';
import { ConfigError, exampleLine, type Fault, shown } from './fault.ts';
import { movedKey } from './moved.ts';
import { neededExample, withPreset } from './presets.ts';
import { type Config, configSchema } from './schema/index.ts';
import { parseSource, type Source } from './source.ts';
import { closest } from './suggest.ts';
import { deleteAt, getAt, isRecord, setAt, withoutNulls } from './tree.ts';

export interface LoadOptions {
  /** Name of the file, as faults show it; relative file names in it are relative to its folder. */
  readonly file: string;
  /** Its content; read from `file` when absent. */
  readonly text?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Reads a file that the configuration names. Throws when it cannot. */
  readonly readFile?: (path: string) => string;
}

/**
 * Loads and checks a configuration.
 * @throws ConfigError with all faults: of syntax alone when the file is not YAML, else of everything.
 */
export function loadConfig(options: LoadOptions): Config {
  const readFile = options.readFile ?? ((path: string) => readFileSync(path, 'utf8'));
  const environment = readEnvironment(options.env ?? {});
  const environmentFaults: Fault[] = environment.faults.map(({ variable, ...words }) => ({
    where: { variable },
    path: '',
    ...words,
  }));
  const source = parseSource(options.text ?? readConfigFile(options.file, readFile));
  if (source.syntaxFaults.length > 0) {
    const syntax = source.syntaxFaults.map(({ line, column, message }) => ({
      where: { file: options.file, line, column },
      path: '',
      problem: `not YAML: ${message}`,
      expected: 'YAML: `key: value`, and two spaces more for what is inside',
      example: 'homeserver:\n  url: http://localhost:8008',
    }));
    throw new ConfigError([...syntax, ...environmentFaults]);
  }
  const loader = new Loader(options.file, source, environment.values, readFile);
  const result = loader.load();
  const faults = [...environmentFaults, ...result.faults];
  if (faults.length > 0 || result.config === undefined) throw new ConfigError(inOrder(faults));
  return result.config;
}

function readConfigFile(file: string, readFile: (path: string) => string): string {
  try {
    return readFile(file);
  } catch (error) {
    throw new ConfigError([
      {
        where: { file, line: 1, column: 1 },
        path: '',
        problem: `the file cannot be read (${errorCode(error)})`,
        expected: 'a configuration, or --config with the name of one',
        example: 'trunkline config sample > trunkline.yaml',
      },
    ]);
  }
}

function errorCode(error: unknown): string {
  if (isRecord(error) && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}

/** Faults in the order of the file, those of the environment last. */
function inOrder(faults: readonly Fault[]): Fault[] {
  const line = ({ where }: Fault) =>
    'variable' in where ? Number.POSITIVE_INFINITY : where.line * 10_000 + where.column;
  return faults.toSorted((a, b) => (line(a) === line(b) ? 0 : line(a) - line(b)));
}

class Loader {
  readonly #file: string;
  readonly #source: Source;
  readonly #environment: readonly EnvironmentValue[];
  readonly #readFile: (path: string) => string;
  readonly #faults: Fault[] = [];
  /** A secret that was read from a file, and the path of the key that names the file. */
  readonly #fromFile = new Map<string, Path>();
  #data: unknown;
  /** Where the extensions from this index on were written. */
  #included: { readonly file: string; readonly source: Source; readonly from: number } | undefined;

  constructor(
    file: string,
    source: Source,
    environment: readonly EnvironmentValue[],
    readFile: (path: string) => string,
  ) {
    this.#file = file;
    this.#source = source;
    this.#environment = environment;
    this.#readFile = readFile;
  }

  load(): { readonly config: Config | undefined; readonly faults: readonly Fault[] } {
    this.#data = withoutNulls(this.#source.data);
    for (const { path, value } of this.#environment) {
      const twin = secretTwin(path);
      if (twin !== undefined && !this.#environment.some((other) => pathText(other.path) === pathText(twin))) {
        deleteAt(this.#data, twin);
      }
      this.#data = setAt(this.#data, path, value);
    }
    this.#includeExtensions();
    this.#mergePresets();
    this.#readSecrets(description, []);
    const parsed = configSchema.safeParse(this.#data);
    if (!parsed.success) this.#addIssues(parsed.error.issues);
    const config = parsed.success ? parsed.data : this.#repaired();
    if (config === undefined) return { config: undefined, faults: this.#faults };
    resolveFiles(config, description, dirname(resolve(this.#file)));
    this.#addConflicts(checkTogether(config, this.#readFile));
    return { config, faults: this.#faults };
  }

  /** Puts the list of `extensions_file` behind `extensions`; what is wrong in it is told with its own lines. */
  #includeExtensions(): void {
    const path: Path = ['extensions_file'];
    const named = getAt(this.#data, path);
    if (typeof named !== 'string') return;
    const words = { found: shown(named), ...exampleOf(describedAt(path)) };
    const expected = 'a file with a list of extensions in YAML or JSON';
    const file = resolve(dirname(resolve(this.#file)), named);
    let source: Source;
    try {
      source = parseSource(this.#readFile(file));
    } catch (error) {
      this.#add(path, { problem: `the file cannot be read (${errorCode(error)})`, expected, ...words });
      return;
    }
    const [syntax] = source.syntaxFaults;
    const list = withoutNulls(source.data);
    if (syntax !== undefined || !Array.isArray(list)) {
      const problem =
        syntax === undefined ? 'the file holds no list' : `line ${syntax.line} is not YAML: ${syntax.message}`;
      this.#add(path, { problem, expected, ...words });
      return;
    }
    const written = getAt(this.#data, ['extensions']);
    const before: unknown[] = Array.isArray(written) ? written : [];
    this.#included = { file, source, from: before.length };
    this.#data = setAt(this.#data, ['extensions'], [...before, ...list]);
    // They are all in `extensions` now: `config show` prints a configuration that is whole in itself.
    deleteAt(this.#data, path);
  }

  #mergePresets(): void {
    const trunks = getAt(this.#data, ['trunks']);
    if (Array.isArray(trunks)) this.#data = setAt(this.#data, ['trunks'], trunks.map(withPreset));
  }

  /** Puts the content of `password_file` into `password`, for every secret that is there. */
  #readSecrets(described: Description, path: Path): void {
    const value = getAt(this.#data, path);
    if (described.kind === 'list' && Array.isArray(value)) {
      for (const index of value.keys()) this.#readSecrets(described.item, [...path, index]);
    }
    if (described.kind !== 'section' || !isRecord(value)) return;
    for (const child of described.children) {
      this.#readSecrets(child, [...path, child.name]);
      if (child.doc.secret !== true) continue;
      const filePath = [...path, `${child.name}_file`];
      const file = getAt(this.#data, filePath);
      if (typeof file !== 'string') continue;
      if (getAt(this.#data, [...path, child.name]) !== undefined) {
        this.#add(filePath, {
          problem: `both ${child.name} and ${child.name}_file are given`,
          expected: 'one of the two',
          ...exampleOf(describedAt(filePath)),
        });
        continue;
      }
      this.#readSecret([...path, child.name], filePath, file);
    }
  }

  #readSecret(path: Path, filePath: Path, file: string): void {
    const words = {
      expected: `a file that holds ${path.at(-1)} and nothing else`,
      found: shown(file),
      ...exampleOf(describedAt(filePath)),
    };
    // When there is none, a stand-in, so that nothing else complains about a secret that was given.
    let content = 'unreadable';
    try {
      content = this.#readFile(resolve(dirname(resolve(this.#file)), file)).replace(/\r?\n$/, '');
      if (content === '') this.#add(filePath, { problem: 'the file is empty', ...words });
    } catch (error) {
      this.#add(filePath, { problem: `the file cannot be read (${errorCode(error)})`, ...words });
    }
    this.#data = setAt(this.#data, path, content === '' ? 'empty' : content);
    this.#fromFile.set(pathText(path), filePath);
  }

  #addIssues(issues: readonly z.core.$ZodIssue[]): void {
    const seen = new Set<string>();
    for (const issue of issues) {
      const path = issue.path.filter((step) => typeof step !== 'symbol');
      if (issue.code === 'unrecognized_keys') {
        for (const name of issue.keys) this.#addUnknownKey(path, name);
        continue;
      }
      if (seen.has(pathText(path))) continue;
      seen.add(pathText(path));
      this.#addWrongValue(path, issue);
    }
  }

  #addUnknownKey(parent: Path, name: string): void {
    const moved = movedKey(pathText([...parent, name]));
    if (moved !== undefined) {
      this.#add([...parent, name], { ...moved, of: 'key' });
      return;
    }
    const section = describedAt(parent);
    const children = section?.kind === 'section' ? section.children : [];
    const names = children.map((child) => child.name);
    const meant = closest(name, names);
    this.#add([...parent, name], {
      problem: meant === undefined ? 'unknown key' : `unknown key; did you mean ${meant}?`,
      expected: `one of ${names.join(', ')}`,
      ...exampleOf(children.find((child) => child.name === meant) ?? children[0]),
      of: 'key',
    });
  }

  #addWrongValue(path: Path, issue: z.core.$ZodIssue): void {
    const value = getAt(this.#data, path);
    const described = describedAt(path);
    const isMissing = value === undefined;
    const needed = isMissing ? neededExample(getAt(this.#data, path.slice(0, -1)), path.at(-1)) : undefined;
    this.#add(path, {
      problem: isMissing ? 'this key is missing' : problemOf(issue, described),
      expected: described?.expects ?? 'nothing',
      ...(isMissing ? {} : { found: described?.doc.secret === true ? 'a secret' : shown(value) }),
      ...(needed === undefined ? exampleOf(described) : { example: exampleLine(String(path.at(-1)), needed) }),
    });
  }

  #addConflicts(conflicts: readonly Conflict[]): void {
    const wrong = this.#faults.map((fault) => fault.path);
    for (const { path, about, ...words } of conflicts) {
      // What is already said to be wrong cannot be judged together with something else.
      const isJudged = [path, ...(about ?? [])].every(
        (each) => !wrong.some((faulty) => covers(faulty, pathText(each))),
      );
      if (isJudged) this.#add(path, words);
    }
  }

  /** The configuration with examples in place of what is wrong, so that the rest can be checked together too. */
  #repaired(): Config | undefined {
    let data = structuredClone(this.#data);
    for (let round = 0; round < 4; round++) {
      const parsed = configSchema.safeParse(data);
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues) {
        const path = issue.path.filter((step) => typeof step !== 'symbol');
        if (issue.code === 'unrecognized_keys') for (const name of issue.keys) deleteAt(data, [...path, name]);
        else data = setAt(data, path, repairOf(describedAt(path)));
      }
    }
    return undefined;
  }

  #add(path: Path, words: Omit<Fault, 'where' | 'path'> & { readonly of?: 'key' | 'value' }): void {
    const { of = 'value', ...rest } = words;
    const written = this.#fromFile.get(pathText(path)) ?? path;
    const variable = this.#environment.find((entry) => covers(pathText(entry.path), pathText(written)))?.variable;
    const where = variable === undefined ? this.#place(written, of) : { variable };
    this.#faults.push({ where, path: pathText(path), ...rest });
  }

  #place(path: Path, of: 'key' | 'value'): Extract<Fault['where'], { file: string }> {
    const [list, index, ...rest] = path;
    const included = this.#included;
    if (included !== undefined && list === 'extensions' && typeof index === 'number' && index >= included.from) {
      return { file: included.file, ...included.source.place([index - included.from, ...rest], of) };
    }
    return { file: this.#file, ...this.#source.place(path, of) };
  }
}

/** Whether a fault at `outer` makes what is said about `inner` doubtful. */
function covers(outer: string, inner: string): boolean {
  return outer === '' || inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}

/** `password` for `password_file` and the other way round, where there is such a pair. */
function secretTwin(path: Path): Path | undefined {
  const name = String(path.at(-1));
  const twin = [...path.slice(0, -1), name.endsWith('_file') ? name.slice(0, -'_file'.length) : `${name}_file`];
  const isPair = describedAt(path)?.doc.secret === true || describedAt(twin)?.doc.secret === true;
  return isPair && describedAt(twin) !== undefined ? twin : undefined;
}

/** Makes relative file names absolute, in place. */
function resolveFiles(value: unknown, described: Description, folder: string): void {
  if (described.kind === 'list' && Array.isArray(value)) {
    for (const item of value) resolveFiles(item, described.item, folder);
  }
  if (described.kind !== 'section' || !isRecord(value)) return;
  for (const child of described.children) {
    const held = value[child.name];
    if (child.kind === 'value' && child.isFile && typeof held === 'string' && held !== ':memory:') {
      value[child.name] = resolve(folder, held);
    } else resolveFiles(held, child, folder);
  }
}
