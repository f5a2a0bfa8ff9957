import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pool } from 'node-mysqlpool/pool';
import { POOL_CLASSES, ScopedPool, type ScopedPoolOptions } from 'node-mysqlpool/scope';
import { membersOf, ROWS, runRow, type AnyScopedPool, type Door } from './support/pool-methods.js';
import { fakePool } from './support/scoped-pool.js';

const doorTo = (name: string, options: ScopedPoolOptions): Door => ({
  name,
  ...(options.contextLocal === undefined ? {} : { contextLocal: options.contextLocal }),
  open: (t) => fakePool(t, options).pool as AnyScopedPool,
});

const isOne = (name: string): boolean => name === 'StaticPool' || name === 'AssertionPool';

const doors: Door[] = [
  ...POOL_CLASSES.map((poolClass) => doorTo(poolClass, isOne(poolClass) ? { poolClass } : { poolClass, maxSize: 3 })),
  doorTo('contextLocal', { contextLocal: true, maxSize: 3 }),
];

describe('every public method of a pool, in every class of pool', () => {
  it('has a row here', () => {
    const rows = ROWS.map(String).toSorted();
    assert.deepEqual(rows, membersOf(Pool));
    const more = membersOf(ScopedPool).filter((name) => !rows.includes(name));
    assert.deepEqual(more, [], 'what a pool with scopes adds needs a row as well');
  });

  for (const door of doors) {
    for (const row of ROWS) it(`${door.name}: ${String(row)}`, (t) => runRow(t, door, row));
  }
});
