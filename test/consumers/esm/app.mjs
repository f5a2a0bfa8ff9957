// Named imports of what the package exports.
import assert from 'node:assert/strict';
import { Lease, Pool, PoolError } from 'node-mysqlpool/pool';

assert.equal(typeof Lease, 'function');
assert.equal(typeof Pool, 'function');
assert.ok(Object.create(PoolError.prototype) instanceof Error);
await assert.rejects(import('node-mysqlpool/dist/pool/exchange.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
console.log('ok');
