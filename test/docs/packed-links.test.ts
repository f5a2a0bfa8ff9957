/** Whoever has the package alone can follow every link of its README, and of the pages that come with it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly files: readonly string[] };
/** npm packs these without being asked. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

const isPacked = (path: string): boolean =>
  existsSync(path) &&
  (ALWAYS.includes(path) || files.some((entry) => path === entry || path.startsWith(`${entry}/`))) &&
  !files.some((entry) => entry === `!${path}`);

/** What a page links to in the package. */
function linksOf(page: string): string[] {
  const prose = readFileSync(page, 'utf8').replace(/^```.*?^```/gms, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target]) => target!.split('#')[0]!)
    .filter((target) => target !== '' && !/^[a-z]+:/i.test(target))
    .map((target) => normalize(join(dirname(page), target)));
}

test('every link of the README, and of every page it leads to, resolves inside the package', () => {
  const seen = new Set<string>();
  const broken: string[] = [];
  const follow = (page: string): void => {
    if (seen.has(page)) return;
    seen.add(page);
    for (const target of linksOf(page)) {
      if (!isPacked(target)) broken.push(`${page}: ${target}`);
      else if (target.endsWith('.md')) follow(target);
    }
  };
  follow('README.md');
  assert.deepEqual(broken, []);
  assert.ok(seen.size > 20, `only ${seen.size} pages were reached`);
});

test('what the pages are about comes along: the dashboard and the alert rules', () => {
  for (const file of ['alerts.yml', 'grafana-dashboard.json']) {
    assert.equal(isPacked(`docs/monitoring/${file}`), true, file);
    assert.ok(statSync(`docs/monitoring/${file}`).size > 0);
  }
});
