/**
 * A page of the documentation whose examples are run. What stands behind a command is replaced by what really comes of it, so that
 * a page that is right stays as it is.
 *
 * - ```yaml: configuration, from there on.
 * - ```csv: a file; its name is the last `name.csv` in the text before.
 * - ```console: lines with `$ trunkline …`, and under each what it prints. `# @alice:example.org calls 030 901820 and talks for 75
 *   seconds` is a call, and `# → …` under it how it went.
 * - ```http: a request of the provisioning API, and the ```json after it the answer.
 */

export interface Examples {
  configure(yaml: string): void;
  file(name: string, content: string): void;
  /** @returns what it printed */
  command(line: string): Promise<string>;
  /** @returns how it went */
  call(user: string, dialled: string, talkS: number): Promise<string>;
  /** @returns the answer, as it would be shown */
  request(text: string): Promise<string>;
}

const FENCE = /^```(\w+)\n(.*?)^```$/gms;
const CALL = /^# (@\S+) calls (.+) and talks for (\d+) seconds$/;

/** The page with what comes of its examples, run one after the other. */
export async function rendered(page: string, examples: Examples): Promise<string> {
  let out = '';
  let at = 0;
  let wantsAnswer: string | undefined;
  for (const { index, 0: whole, 1: language = '', 2: body = '' } of page.matchAll(FENCE)) {
    const before = page.slice(at, index);
    at = index + whole.length;
    out += before;
    switch (language) {
      case 'yaml':
        examples.configure(body);
        out += whole;
        break;
      case 'csv':
        examples.file([...before.matchAll(/`([\w.-]+\.csv)`/g)].at(-1)?.[1] ?? 'file.csv', body);
        out += whole;
        break;
      case 'console':
        out += `\`\`\`console\n${await session(body, examples)}\`\`\``;
        break;
      case 'http':
        wantsAnswer = await examples.request(body);
        out += whole;
        break;
      case 'json':
        out += wantsAnswer === undefined ? whole : `\`\`\`json\n${wantsAnswer}\n\`\`\``;
        wantsAnswer = undefined;
        break;
      default:
        out += whole;
    }
  }
  return out + page.slice(at);
}

async function session(body: string, examples: Examples): Promise<string> {
  const lines: string[] = [];
  for (const line of body.split('\n')) {
    const call = CALL.exec(line);
    if (call !== null) {
      const [, user = '', dialled = '', seconds = ''] = call;
      lines.push(line, `# → ${await examples.call(user, dialled, Number(seconds))}`);
    } else if (line.startsWith('$ trunkline ')) {
      lines.push(line, ...(await examples.command(line.slice('$ trunkline '.length))).trimEnd().split('\n'));
    } else if (line.startsWith('#') && !line.startsWith('# →')) lines.push(line);
  }
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

/** Words as a shell reads them: quotes hold white space together. */
export function shellWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}
