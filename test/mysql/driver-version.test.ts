import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isTooOld, OLDEST_DRIVER, refuseOldDriver } from '#internal/mysql/driver-version.js';
import { DriverTooOldError } from 'node-mysqlpool';

it('a driver is told to be too old by its version, or by what it lacks where that is unknown', () => {
  for (const [version, isOld] of [
    ['2.3.3', true],
    ['3.9.0', true],
    ['3.11.5', true],
    ['3.23.2', true],
    [OLDEST_DRIVER, false],
    ['3.23.10', false],
    ['3.24.0', false],
    ['3.100.0-beta.1', false],
    ['4.0.0', false],
    ['10.0.0', false],
  ] as const) {
    assert.equal(isTooOld(version, true), isOld, version);
    assert.equal(isTooOld(version, false), isOld, version);
  }
  for (const unknown of [undefined, '', 'latest']) {
    assert.equal(isTooOld(unknown, true), false);
    assert.equal(isTooOld(unknown, false), true);
  }
});

it('the one that is installed here will do', () => refuseOldDriver('orders'));

it('the error has both versions, and what to do', () => {
  const error = new DriverTooOldError('orders', '3.11.5', OLDEST_DRIVER);
  assert.equal(error.code, 'MYSQL_DRIVER_TOO_OLD');
  assert.match(error.message, /^orders: mysql2 3\.11\.5 is installed, and 3\.23\.3 or later is needed: npm install/);
  assert.deepEqual([error.found, error.oldest], ['3.11.5', OLDEST_DRIVER]);
});
