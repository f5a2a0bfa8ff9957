import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('docs/api shows what every entry of the package exports', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/api.mjs', '--check'], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  assert.equal(status, 0, stdout + stderr);
});
