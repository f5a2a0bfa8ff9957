import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sharedServer } from '../support/servers/shared.js';
import { gather } from './errors/gather.js';
import { pageOf, recordedPage, rowsOf } from './errors/table.js';

// One that waits for a connection by itself, and one that has the driver do it. `npm run errors -- --check` is for all.
const DOORS = ['Knex', 'mysql2'];

it(`${DOORS.join(' and ')} throw what docs/orm/errors.md says, with their own pool and with ours`, async () => {
  const page = pageOf(await gather(sharedServer, { atOnce: true, doors: DOORS }));
  // If it is meant to be another one, `npm run errors` writes it.
  assert.equal(rowsOf(page, DOORS), rowsOf(recordedPage(), DOORS));
});
