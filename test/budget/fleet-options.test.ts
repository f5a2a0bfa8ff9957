import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { faultOfFleet, fleetFor, type FleetOptions } from '#internal/budget/index.js';
import { resolveFleet } from '#internal/budget/fleet-options.js';
import { processFleet, setProcessFleet } from '#internal/budget/process-fleet.js';
import { PortPool } from './support/port-pool.js';

// As in a process in which nothing has been said yet.
beforeEach(() => {
  for (const name of ['process-fleet', 'fleets']) {
    delete (globalThis as { [key: symbol]: unknown })[Symbol.for(`node-mysqlpool.${name}`)];
  }
});

describe('the option fleet', () => {
  it('is true, false, or options that have defaults', () => {
    assert.equal(resolveFleet(undefined), undefined);
    assert.equal(resolveFleet(false), undefined);
    const defaults = { cap: 'account', floor: 0, weight: 1, coordinator: 'mysql', name: 'default', lease: 60_000 };
    assert.deepEqual(resolveFleet(true), defaults);
    assert.deepEqual(resolveFleet({ limit: 5, floor: undefined } as unknown as FleetOptions), {
      ...defaults,
      limit: 5,
    });
  });

  const FAULTS: readonly (readonly [unknown, RegExp])[] = [
    [7, /^option "fleet": expected true, false, or an object of options, got 7$/],
    ['yes', /^option "fleet": expected true, false, or an object of options, got "yes"$/],
    [[], /^option "fleet": expected true, false, or an object/],
    [{ limt: 3 }, /^fleet: unknown option "limt" \(did you mean "limit"\?\)$/],
    [{ limit: 0 }, /^fleet: option "limit": expected a whole number from 1 up, got 0$/],
    [{ limit: Infinity }, /^fleet: option "limit": expected a whole number from 1 up, got Infinity$/],
    [{ weight: 0 }, /^fleet: option "weight": expected a number above 0, got 0$/],
    [{ weight: NaN }, /^fleet: option "weight": expected a number above 0, got NaN$/],
    [{ floor: -1 }, /^fleet: option "floor": expected a whole number from 0 up, got -1$/],
    [{ floor: 5, limit: 4 }, /^fleet: a floor of 5 does not fit into a limit of 4$/],
    [{ cap: 'slot' }, /^fleet: option "cap": expected "account".* "slots", got "slot" \(did you mean "slots"\?\)$/],
    [{ cap: 'slots' }, /^fleet: cap "slots" needs a limit/],
    [{ coordinator: 'redis' }, /^fleet: option "coordinator": expected "mysql", "none" or a coordinator such as redis/],
    [{ coordinator: { eval: () => 1 } }, /^fleet: option "coordinator"/],
    [{ name: 'a b' }, /^fleet: option "name": expected a text of 1 to 40 letters/],
    [{ lease: 500 }, /^fleet: option "lease": expected milliseconds from 1000 up, got 500$/],
    [{ statementLimit: 0 }, /^fleet: option "statementLimit": expected milliseconds from 1 up, got 0$/],
  ];
  for (const [given, message] of FAULTS) {
    it(`is refused as ${JSON.stringify(given)}`, () => {
      assert.match(faultOfFleet(given)!.message, message);
      assert.throws(() => fleetFor('orders', given, undefined), { code: 'POOL_OPTION', pool: 'orders' });
    });
  }
});

describe('the fleets of a process', () => {
  it('are one for all pools on one account, and one each where that is not known', () => {
    const one = fleetFor('a', true, 'app@db:3306')!;
    assert.equal(fleetFor('b', true, 'app@db:3306'), one);
    assert.equal(fleetFor('b', {}, 'app@db:3306'), one);
    assert.notEqual(fleetFor('b', { name: 'other' }, 'app@db:3306'), one);
    assert.notEqual(fleetFor('b', true, 'app@replica:3306'), one);
    assert.notEqual(fleetFor('b', true, undefined), fleetFor('b', true, undefined));
  });

  it('have the same options in all their pools', () => {
    const one = fleetFor('a', { limit: 5, cap: 'slots' }, 'app@db:3306')!;
    const pool = new PortPool('a', one);
    assert.throws(() => fleetFor('b', { limit: 6, cap: 'slots' }, 'app@db:3306'), {
      code: 'POOL_OPTION',
      message: 'b: fleet: another pool of this process is in the fleet "default" with other options',
    });
    pool.shut();
    assert.notEqual(fleetFor('b', { limit: 6, cap: 'slots' }, 'app@db:3306'), one, 'nobody is in it any more');
  });

  it('are those of the process for pools that do not say otherwise', () => {
    assert.equal(processFleet({}), undefined);
    setProcessFleet({ floor: 2 });
    assert.equal(fleetFor('a', undefined, 'x')!.options.floor, 2);
    assert.equal(fleetFor('a', false, 'y'), undefined);
    assert.equal(fleetFor('a', { floor: 3 }, 'y')!.options.floor, 3);
  });

  it('come from the environment when nobody else has said anything', () => {
    assert.deepEqual(processFleet({ MYSQLPOOL_FLEET: '{"limit": 9, "cap": "slots"}' }), { limit: 9, cap: 'slots' });
    assert.deepEqual(processFleet({ MYSQLPOOL_FLEET: 'true' }), { limit: 9, cap: 'slots' }, 'it is read once');
  });

  for (const [text, message] of [
    ['yes', /^createPool: MYSQLPOOL_FLEET: expected true, false, or JSON of options, got "yes"$/],
    ['{"limt": 3}', /^createPool: MYSQLPOOL_FLEET: fleet: unknown option "limt" \(did you mean "limit"\?\)$/],
    ['3', /^createPool: MYSQLPOOL_FLEET: option "fleet": expected true, false/],
  ] as const) {
    it(`cannot come from an environment that says ${text}`, () => {
      assert.throws(() => processFleet({ MYSQLPOOL_FLEET: text }), { code: 'POOL_OPTION', message });
    });
  }
});
