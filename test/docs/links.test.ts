import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const prose = (page: string): string => readFileSync(page, 'utf8').replace(/^```.*?^```/gms, '');

/** The anchors that GitHub gives the headings of a page. */
function anchors(page: string): Set<string> {
  const headings = [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) => text!.toLowerCase());
  return new Set(headings.map((text) => text.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')));
}

/** Links to places in this repository, as [page it is on, where it leads]. */
const links = pages.flatMap((page) =>
  [...prose(page).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/i.test(target))
    .map((target) => [page, target] as const),
);

test('every relative link in the documentation leads to a file and a heading that exist', () => {
  assert.ok(links.length >= 20, `only ${links.length} links were found`);
  for (const [page, target] of links) {
    const [path, anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path!);
    assert.ok(existsSync(file), `${page}: ${target} does not exist`);
    if (anchor !== undefined) assert.ok(anchors(file).has(anchor), `${page}: ${target}: no such heading`);
  }
});

test('every path in backticks in the documentation exists', () => {
  const paths = pages.flatMap((page) =>
    [...prose(page).matchAll(/`((?:src|test|docs|examples|demo|scripts)\/[\w./-]*)`/g)].map(([, path]) => [
      page,
      path!,
    ]),
  );
  assert.ok(paths.length >= 10, `only ${paths.length} paths were found`);
  for (const [page, path] of paths) assert.ok(existsSync(path!), `${page}: ${path} does not exist`);
});
