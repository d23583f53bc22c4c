/** The pages of the documentation that list the commands, made from the operations. */
import type { Operation, Usage } from './operation.ts';

const USERS_HEAD = `\
# Commands

<!-- Generated from src/operations by \`npm run generate\`: do not edit. -->

What you can write to the gateway in [your phone room](phone-room.md), besides what is said there about texts, names and notices.
In a room of several people, such as one that shares a line, write a \`!\` in front: \`!dnd on\` is then for the lines of that room.
In the chat with a number, \`!line use …\` is for that chat alone. \`help\` lists all of it, \`help dnd\` shows one with examples.

Numbers may be written as you dial them: national numbers are those of your line's country.
`;

const ADMIN_HEAD = `\
# Commands

<!-- Generated from src/operations by \`npm run generate\`: do not edit. -->

Each command means the same in the chat with the gateway (in your phone room, or with a \`!\` in front in the administrators' room and in
control rooms), on the command line (\`trunkline …\`) and in [the provisioning API](provisioning-api.md). Who is an administrator says
\`permissions.administrators\`; members of \`rooms.administrators\` are, too.

On the command line:
- it works on the database beside the running gateway, which takes notice within a second; what only a running gateway can do is asked
  of its API, for which \`api.enabled\` and a token in \`api.tokens\` are needed. Who is in which room it does not know: lines that a
  user shares with others are not among those that it lists for them;
- commands of users need the user's ID behind the name: \`trunkline dnd @alice:example.org on\`. In the chat administrators may write
  it, too;
- \`--json\` gives the outcome as data, \`--key KEY\` names a change that is done once however often it is asked for.
`;

/** `docs/users/commands.md` */
export function userPage(operations: readonly Operation[]): string {
  const rows = operations.filter(({ access }) => access === 'own').flatMap(rowsOf);
  return `${USERS_HEAD}\n${table(HEAD, rows)}\n`;
}

/** `docs/admin/commands.md` */
export function administratorPage(operations: readonly Operation[]): string {
  const others = operations.filter(({ access }) => access !== 'own');
  const own = operations.filter(({ access }) => access === 'own');
  return [
    ADMIN_HEAD,
    '## For administrators',
    '',
    tables(others),
    '## For users, and for administrators in their name',
    '',
    'What they do: [Commands](../users/commands.md).',
    '',
    table(
      ['in the chat', 'on the command line'],
      own.flatMap(({ command }) =>
        command === undefined ? [] : [[code(command.names[0]), code(`trunkline ${command.names.at(-1)} USER …`)]],
      ),
    ),
    '',
  ].join('\n');
}

function tables(operations: readonly Operation[]): string {
  return operations.map(section).join('\n');
}

function section(operation: Operation): string {
  const { summary, command, live } = operation;
  if (command === undefined) return '';
  const [first, ...others] = command.names;
  const also = others.length === 0 ? [] : [`Also ${others.map(code).join(', ')}.`];
  const where = live ? ['Only a gateway that runs can do it.'] : [];
  const file =
    command.file === undefined
      ? []
      : ['On the command line with `--file FILE`; in the chat written with the uploaded file, or as an answer to it.'];
  return [
    `### ${first}`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}. ${[...also, ...where, ...file].join(' ')}`.trim(),
    '',
    table(HEAD, rowsOf(operation)),
    '',
  ].join('\n');
}

const HEAD = ['write', 'what it does', 'for example'];

function rowsOf({ command }: Operation): readonly (readonly string[])[] {
  if (command === undefined) return [];
  const [name] = command.names;
  return command.usage.map((use) => [code(written(name, use.arguments)), use.does, code(written(name, use.example))]);
}

const written = (name: string, rest: Usage['arguments']): string => `${name} ${rest}`.trim();

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** A bar would end the cell of the table. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
