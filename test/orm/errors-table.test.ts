import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sharedServer } from '../support/servers/shared.js';
import { gather } from './errors/gather.js';
import { pageOf, recordedPage, withoutTimes } from './errors/table.js';

it('every ORM throws what docs/orm/errors.md says, with its own pool and with ours', { timeout: 240_000 }, async () => {
  const page = pageOf(await gather(sharedServer, { atOnce: true }));
  // If it is meant to be another one, `npm run errors` writes it.
  assert.equal(withoutTimes(page), withoutTimes(recordedPage()));
});
