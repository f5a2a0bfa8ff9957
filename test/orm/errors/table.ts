import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHORT } from './door.js';
import { DOORS } from './doors.js';
import type { Sighting } from './observe.js';
import { SITUATIONS } from './situations.js';

/** Where the table is kept. */
export const PAGE: string = join(__dirname, '../../../../docs/orm/errors.md');

const NAMES: Readonly<Record<string, string>> = { mariadb: 'MariaDB', mysql: 'MySQL' };

const INTRODUCTION = `# What each ORM throws when something is wrong

This page compares each ORM with its own pool and with ours, in the same situation: the class of the error, its code, where the code is, the number
that goes with it, and the time it took.

In an outage, and with wrong settings, you get the same error with our pool as before. With Prisma the class is the same, and the code tells the cause.
Three things differ by intent:

- **A server that has no connection left** is asked again until the caller's time is over, because room may come at any moment. Then the caller gets
  the server's error.
- **A server that goes away after it was there** is also tried again until then, so that the pool survives a restart.
- **When all connections are in use**, the wait ends. mysql2's own pool waits for as long as it takes.

A pool that has never had a connection fails at the first failure to connect, as the pools that it replaces do ([\`failFast\`](../options.md)). With
Prisma it does not, because Prisma's own pool does not either.

How to read the tables:

- Where an ORM has no pool of its own (TypeORM, Kysely, Drizzle, MikroORM 7), *its own pool* is mysql2's. For Prisma it is \`@prisma/adapter-mariadb\`.
- *Does not say why* means that the message alone does not name the cause. The error still carries it.
- Callers that wait have ${2 * SHORT} ms here, and ${SHORT} ms when all connections are in use. Other calls have a minute.

\`npm run errors\` writes this page anew, on MariaDB and MySQL. \`npm run errors -- --check\` compares it with what happens now, except for the times.
`;

/** What is the same in every run. */
function stable({ error, code, codeAt, errno, saysWhy }: Sighting): string {
  if (error === 'waits') return 'waits for as long as it takes';
  if (error === 'no error') return error;
  const number = errno === undefined ? '' : ` (${errno})`;
  const what = code === undefined ? `\`${error}\`` : `\`${error}\`, \`${codeAt}\` is \`${code}\`${number}`;
  return saysWhy ? what : `${what}; *does not say why*`;
}

/** The servers of both kinds in one cell where they agree. */
function cell(seen: readonly Sighting[]): string {
  const texts = [...new Set(seen.map(stable))];
  return texts.length === 1 ? texts[0]! : seen.map((each) => `${NAMES[each.kind]}: ${stable(each)}`).join('<br>');
}

/** The longer of the two, in ms. */
const time = (seen: readonly Sighting[]): string =>
  seen.some(({ error }) => error === 'waits') ? '' : String(Math.round(Math.max(...seen.map(({ ms }) => ms))));

function section(title: string, sightings: readonly Sighting[]): string {
  const seen = DOORS.filter(({ name }) => sightings.some(({ door }) => door === name));
  const rows = seen.map(({ name: door }) => {
    const [stock, ours] = (['stock', 'ours'] as const).map((side) =>
      sightings.filter((each) => each.door === door && each.side === side),
    ) as [Sighting[], Sighting[]];
    const isSame = cell(stock) === cell(ours);
    return `| ${door} | ${cell(stock)} | ${time(stock)} | ${isSame ? 'the same' : cell(ours)} | ${time(ours)} |`;
  });
  return [`## ${title}`, '', '| | its own pool | ms | with us | ms |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

/** The page of what was seen, with a row for each ORM that was looked at. */
export const pageOf = (sightings: readonly Sighting[]): string =>
  [
    INTRODUCTION,
    ...SITUATIONS.map(({ title }) => section(title, sightings.filter(({ situation }) => situation === title))), // prettier-ignore
  ].join('\n');

/** A page without what differs from run to run. */
export const withoutTimes = (page: string): string => page.replaceAll(/\| \d+ (?=\|)/g, '| … ');

/** Those lines without the rows of other ORMs. */
export const rowsOf = (page: string, doors: readonly string[]): string =>
  withoutTimes(page)
    .split('\n')
    .filter((line) => DOORS.every(({ name }) => doors.includes(name) || !line.startsWith(`| ${name} |`)))
    .join('\n');

export const recordedPage = (): string => readFileSync(PAGE, 'utf8');
