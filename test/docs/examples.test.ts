import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = '.build/examples';

/** Every block of TypeScript in a page, at the line it has there, so that the compiler's words fit the page. */
function blocksOf(page: string): string[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => {
    const above = text.slice(0, match.index).split('\n').length;
    return `${'\n'.repeat(above)}${match[1]}export {};\n`;
  });
}

test('every example of the documentation compiles, strictly', () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`);
  const pages = ['README.md', ...docs.filter((path) => path.endsWith('.md'))];
  let examples = 0;
  for (const page of pages) {
    const name = page.replace(/\.md$/, '').replaceAll(/[/\\]/g, '-');
    for (const [index, block] of blocksOf(page).entries()) {
      writeFileSync(`${FOLDER}/${name}-${index + 1}.mts`, block);
      examples++;
    }
  }
  assert.ok(examples > 30, `found ${examples} examples`);
  const { status, stdout } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--singleThreaded', '-p', 'test/docs/examples'],
    { encoding: 'utf8', timeout: 300_000 },
  );
  assert.equal(status, 0, stdout);
});
