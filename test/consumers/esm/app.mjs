// Named imports of what the package exports.
import assert from 'node:assert/strict';
import { AcquireTimeoutError, autoCloseDb, configure, createPool, MaxTotal, PoolError } from 'node-mysqlpool';
import { Lease, Pool, PoolError as EnginePoolError } from 'node-mysqlpool/pool';
import { autoCloseDb as scoped, ScopedPool } from 'node-mysqlpool/scope';
import { configure as fromSettings, SettingsError } from 'node-mysqlpool/settings';

for (const each of [
  AcquireTimeoutError,
  autoCloseDb,
  configure,
  createPool,
  Lease,
  MaxTotal,
  Pool,
  ScopedPool,
  SettingsError,
]) {
  assert.equal(typeof each, 'function');
}
assert.equal(PoolError, EnginePoolError);
assert.equal(autoCloseDb, scoped);
assert.equal(configure, fromSettings);
await assert.rejects(import('node-mysqlpool/dist/pool/entries.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
console.log('ok');
