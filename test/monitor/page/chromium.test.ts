import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findChromium } from './support/find-chromium.js';

test('a browser that CHROMIUM_PATH names and that is not there is told in one line', async (t) => {
  const before = process.env['CHROMIUM_PATH'];
  t.after(() => {
    if (before === undefined) delete process.env['CHROMIUM_PATH'];
    else process.env['CHROMIUM_PATH'] = before;
  });
  process.env['CHROMIUM_PATH'] = '/nowhere/chromium';
  await assert.rejects(findChromium(), { message: 'CHROMIUM_PATH: there is no program /nowhere/chromium' });
  const found = process.execPath;
  process.env['CHROMIUM_PATH'] = found;
  assert.equal(await findChromium(), found);
});
