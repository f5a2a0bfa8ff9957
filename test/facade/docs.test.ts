import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { FACADE_ERROR_CODES, facadeError } from '#internal/facade/errors.js';

it('every code and text of the drop-in pool stands in its page', () => {
  const page = readFileSync('docs/orm/mysql2.md', 'utf8');
  for (const code of FACADE_ERROR_CODES) {
    const text = code === 'POOL_ACQUIRE_TIMEOUT' ? 'with the counts of the pool' : facadeError(code).message;
    assert.ok(page.includes(`| \`${code}\` | ${text} |`), code);
  }
});
