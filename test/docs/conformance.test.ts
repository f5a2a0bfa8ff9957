/** docs/conformance.md says which test shows each behaviour: the tests must be there, under those titles. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** The pages, and how many behaviours each has to account for. */
const PAGES = [
  { page: 'docs/conformance-sqlalchemy.md', letter: 'S', count: 161 },
  { page: 'docs/conformance-pools.md', letter: 'P', count: 92 },
] as const;

const LEAST_REASON = 25;

interface Row {
  readonly page: string;
  readonly id: string;
  readonly behaviour: string;
  /** Whether it is so here, is so in another way, or is not. */
  readonly word: 'Same' | 'Differs' | 'Not here';
  /** Why it is not so here, or not quite; empty when it is. */
  readonly reason: string;
  readonly shownBy: readonly { readonly file: string; readonly title: string }[];
}

/** A reference is a file below `test/`, without its ending, and a title: `pool/lease`: "counts as one". */
const REFERENCE = /`([\w-]+(?:\/[\w-]+)+)`: "([^"]+)"/g;

function rowsOf(page: string): Row[] {
  const lines = readFileSync(page, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const cells = /^\| ([A-Z]\d+) \| (.+?) \| (.+) \|$/.exec(line);
    if (cells === null) return [];
    const [, id, behaviour, last] = cells as unknown as [string, string, string, string];
    const shownBy = [...last.matchAll(REFERENCE)].map(([, file, title]) => ({ file: file!, title: title! }));
    const [, word = 'Same', reason = ''] = /^(Differs|Not here): (.+?)(?=<br>|$)/.exec(last) ?? [];
    return [{ page, id, behaviour, word: word as Row['word'], reason, shownBy }];
  });
}

const rows = PAGES.flatMap(({ page }) => rowsOf(page));

/** Where a reference leads: tests, suites that several tests share, or a scenario as data. */
const pathOf = (file: string): string | undefined =>
  [`test/${file}.test.ts`, `test/${file}.ts`, `test/${file}.json`].find((path) => existsSync(path));

const CALL = /\b(?:it|test|describe|eachServer)((?:\.\w+)?)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g;

/** The titles of all tests and groups of tests in a file, with those that are not run marked. */
function titlesOf(path: string): { readonly title: string; readonly isSkipped: boolean }[] {
  const source = readFileSync(path, 'utf8');
  if (path.endsWith('.json')) {
    return [{ title: (JSON.parse(source) as { readonly description: string }).description, isSkipped: false }];
  }
  return [...source.matchAll(CALL)].map((call) => ({
    title: (call[2] ?? call[3] ?? call[4]!).replaceAll(/\\(.)/g, '$1'),
    isSkipped: call[1] !== '' || /^\s*,\s*\{[^}]*\b(?:skip|todo)\b/.test(source.slice(call.index + call[0].length)),
  }));
}

/** The whole title; a part of it where that is made up at run time, or could not be quoted. */
const isCalled = (known: string, title: string): boolean =>
  known === title || (/\$\{|"/.test(known) && known.includes(title));

test('every behaviour has its row, once, in order', () => {
  for (const { page, letter, count } of PAGES) {
    const ids = rowsOf(page).map(({ id }) => id);
    assert.deepEqual(
      ids,
      Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
      page,
    );
  }
});

test('every row has a test, or says in a sentence why not', () => {
  for (const { id, behaviour, word, reason, shownBy } of rows) {
    assert.ok(behaviour.length > 10, `${id} says nothing`);
    if (word === 'Differs') assert.ok(shownBy.length > 0, `${id} does not show how it differs`);
    assert.ok(
      word === 'Same' ? shownBy.length > 0 : reason.length >= LEAST_REASON,
      `${id} has neither test nor reason`,
    );
  }
});

test('every test that a row names is there, exactly once, and is run', () => {
  const references = rows.flatMap(({ id, shownBy }) => shownBy.map((reference) => ({ id, ...reference })));
  assert.ok(references.length > 200, `only ${references.length} references were found`);
  const faults: string[] = [];
  for (const { id, file, title } of references) {
    const path = pathOf(file);
    const found = path === undefined ? [] : titlesOf(path).filter((known) => isCalled(known.title, title));
    if (path === undefined) faults.push(`${id}: there is no test/${file}.test.ts`);
    else if (found.length !== 1) faults.push(`${id}: ${found.length} tests in ${path} are called "${title}"`);
    else if (found[0]!.isSkipped) faults.push(`${id}: "${title}" in ${path} is not run`);
  }
  assert.deepEqual(faults, []);
});

test('every reference is understood: nothing that looks like one is passed over', () => {
  for (const { page } of PAGES) {
    for (const line of readFileSync(page, 'utf8').split('\n')) {
      const looks = [...line.matchAll(/`[\w./-]+\/[\w./-]+`/g)].length;
      const found = [...line.matchAll(REFERENCE)].length;
      if (line.startsWith('| S') || line.startsWith('| P')) assert.equal(found, looks, line);
    }
  }
});

test('the counts on the front page are those of the rows', () => {
  const front = readFileSync('docs/conformance.md', 'utf8');
  for (const { page } of PAGES) {
    const own = rowsOf(page);
    const count = (word: Row['word']): number => own.filter((row) => row.word === word).length;
    const line = front
      .split('\n')
      .find((each) => each.includes(`(${page.slice('docs/'.length)})`) && each.startsWith('|'));
    assert.ok(line, `${page} is not on the front page`);
    const counts = line.split('|').slice(-5, -1).map((cell) => Number(cell.trim())); // prettier-ignore
    assert.deepEqual(counts, [own.length, count('Same'), count('Differs'), count('Not here')], page);
  }
});
