import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../pool/index.js';
import type { Command, Given } from './command.js';
import { quoted } from './command-line.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { UsageError } from './failure.js';
import type { Io } from './io.js';

export const docs: Command = {
  name: 'docs',
  summary: 'the documentation that came with the package',
  operands: '[PAGE]',
  mostOperands: 1,
  options: {},
  help: [
    'Lists the pages, or prints one of them: mysqlpool docs guide, mysqlpool docs orm/knex. They are those of the installed ' +
      'version, as Markdown, and need no network.',
  ],
  statuses: { [EXIT.fine]: 'printed', [EXIT.usage]: 'a mistake on the command line, or no such page' },
  run: async (given, io) => run(given, io),
};

// This file becomes dist/cli/docs.js, two folders below the package's root.
const ROOT = join(__dirname, '..', '..');

/** Pages outside of the folder `docs`. */
const BESIDE: Readonly<Record<string, string>> = {
  readme: 'README.md',
  security: 'SECURITY.md',
  contributing: 'CONTRIBUTING.md',
  changelog: 'CHANGELOG.md',
};

/** The file of each page, by the name of the page: `guide`, `orm/knex`. */
export function pages(): ReadonlyMap<string, string> {
  const found = new Map(Object.entries(BESIDE).map(([name, file]) => [name, join(ROOT, file)]));
  const folder = join(ROOT, 'docs');
  const inFolder = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  for (const file of inFolder.toSorted()) {
    if (file.endsWith('.md')) found.set(file.slice(0, -'.md'.length).replaceAll('\\', '/'), join(folder, file));
  }
  return found;
}

function run(given: Given, io: Io): ExitStatus {
  const known = pages();
  const [wanted] = given.operands;
  if (wanted === undefined) {
    const lines = [...known].map(([name, file]) => `${name.padEnd(36)} ${titleOf(file)}`.trimEnd());
    io.stdout.write(`${lines.join('\n')}\n\nmysqlpool docs PAGE prints one of them.\n`);
    return EXIT.fine;
  }
  io.stdout.write(readFileSync(fileOf(wanted, known), 'utf8'));
  return EXIT.fine;
}

/**
 * Finds the file of a page by its listed name, by a link as the documentation writes it, or by the last part of its
 * name; if several pages match, one about an ORM is preferred.
 */
function fileOf(wanted: string, known: ReadonlyMap<string, string>): string {
  const name = wanted
    .toLowerCase()
    .replace(/^(?:\.\/)?(?:docs\/)?/, '')
    .replace(/\.md(?:#.*)?$/, '');
  const file = known.get(name);
  if (file !== undefined) return file;
  const ends = [...known].filter(([each]) => each.endsWith(`/${name}`));
  const best = ends.find(([each]) => each.startsWith('orm/')) ?? ends[0];
  if (best !== undefined) return best[1];
  const hint = didYouMean(name, [...known.keys(), ...[...known.keys()].map((each) => each.replace(/^orm\//, ''))]);
  throw new UsageError(`there is no page ${quoted(wanted)}${hint}; mysqlpool docs lists them`);
}

/** The first heading of a page. */
function titleOf(file: string): string {
  return /^# (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}
