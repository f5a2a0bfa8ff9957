/** `mysqlpool docs`, which prints the pages of the package. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { mysqlpool } from './support/command.js';

it('lists the pages with their titles', async () => {
  const { status, stdout } = await mysqlpool(['docs']);
  assert.equal(status, 0);
  for (const line of [/^guide +\S/m, /^orm\/knex +\S/m, /^readme +mysqlpool$/m, /^security +\S/m, /^api\/index +\S/m]) {
    assert.match(stdout, line);
  }
});

it('prints a page by its name, by a link to it, and by the last part of its name', async () => {
  const page = readFileSync('docs/orm/knex.md', 'utf8');
  for (const name of ['orm/knex', 'docs/orm/knex.md', 'knex', 'docs/orm/knex.md#options', 'KNEX']) {
    const { status, stdout } = await mysqlpool(['docs', name]);
    assert.deepEqual([status, stdout], [0, page], name);
  }
  assert.equal((await mysqlpool(['docs', 'security'])).stdout, readFileSync('SECURITY.md', 'utf8'));
});

it('says which page may have been meant', async () => {
  for (const [wrong, right] of [
    ['giude', 'guide'],
    ['kysley', 'kysely'],
    ['monitorin', 'monitoring'],
  ] as const) {
    const { status, stdout, stderr } = await mysqlpool(['docs', wrong]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(
      stderr,
      new RegExp(`^mysqlpool: there is no page "${wrong}" \\(did you mean "${right}"\\?\\); mysqlpool docs`),
    );
  }
});
