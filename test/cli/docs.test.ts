/** docs/cli.md, held against the command. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '#internal/cli/commands.js';

const ROOT = join(__dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');
const sectionOf = (name: string): string =>
  page.split(/^## /m).find((part) => part.startsWith(`mysqlpool ${name}\n`)) ?? '';

test('every command has a section, with every option', () => {
  for (const { name, options } of COMMANDS) {
    const section = sectionOf(name);
    assert.ok(section !== '', `there is no section of ${name}`);
    const [usage = ''] = section.match(/^```\nmysqlpool /m) ? section.split('```').slice(1, 2) : [];
    for (const [option, { value }] of Object.entries(options)) {
      const shown = value === undefined ? `--${option}` : new RegExp(`--${option} [\\w,]+`);
      assert.ok(typeof shown === 'string' ? usage.includes(shown) : shown.test(usage), `${name} --${option}`);
    }
  }
});

test('no section has an option that there is not', () => {
  for (const { name, options } of COMMANDS) {
    const known = new Set([...Object.keys(options), 'no-color', 'help']);
    // What is started with another command is not ours.
    const own = sectionOf(name).replaceAll(/--import|`mysqlpool \w+ --\w+`/g, '');
    const others = COMMANDS.filter((command) => command.name !== name).flatMap(({ options: theirs }) =>
      Object.keys(theirs),
    );
    for (const [, option] of own.matchAll(/(?<![-\w])--([a-z][a-z-]+)/g)) {
      assert.ok(known.has(option!) || others.includes(option!), `${name} --${option}`);
    }
  }
});

test('every exit status that a command has is in the table', () => {
  const statuses = new Set(COMMANDS.flatMap((command) => Object.keys(command.statuses)));
  assert.deepEqual([...statuses].toSorted(), ['0', '1', '2', '3']);
  for (const status of statuses) assert.match(page, new RegExp(`^\\| ${status} \\|`, 'm'));
});

test('every check of the doctor is in its table, and nothing else', () => {
  const folder = join(ROOT, 'src/cli/doctor');
  const source = readdirSync(folder)
    .filter((name) => name.startsWith('check-'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const names = new Set([...source.matchAll(/\bcheck(?:: | = )'([a-z_]+)'/g)].map(([, name]) => name!));
  const rows = [...sectionOf('doctor').matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name!);
  assert.deepEqual(rows.toSorted(), [...names].toSorted());
});
