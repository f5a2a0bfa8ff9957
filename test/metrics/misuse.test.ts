import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Registry } from 'prom-client';
import { instrumentPools } from 'node-mysqlpool/otel';
import { channels, type PoolEventName } from 'node-mysqlpool/pool';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { fakePool } from '../pool/support/pool.js';
import { listenersOf } from './support.js';

const refused = (work: () => unknown, error: Error): void => {
  assert.throws(work, error);
  for (const name of Object.keys(channels)) assert.equal(channels[name as PoolEventName].hasSubscribers, false);
};

describe('instrumentPools', () => {
  const call =
    (options: unknown): (() => unknown) =>
    () =>
      instrumentPools(options as object);

  it('refuses what it does not know', () => {
    refused(
      call({ meterprovider: false }),
      new TypeError('instrumentPools: unknown option "meterprovider" (did you mean "meterProvider"?)'),
    );
    refused(call({ colour: 1 }), new TypeError('instrumentPools: unknown option "colour"'));
    refused(
      call(null),
      new TypeError('instrumentPools: expected an object of options (meterProvider, tracerProvider, pools), got null'),
    );
  });

  it('refuses a provider that is none', () => {
    refused(
      call({ meterProvider: {} }),
      new TypeError(
        'instrumentPools: option "meterProvider": expected a MeterProvider or false, got an object without getMeter()',
      ),
    );
    refused(
      call({ tracerProvider: true }),
      new TypeError('instrumentPools: option "tracerProvider": expected a TracerProvider or false, got true'),
    );
  });

  it('refuses a pool that is none, and has touched none then', (t) => {
    const fake = fakePool(t);
    const listeners = listenersOf(fake);
    refused(
      call({ pools: [fake.pool, { mysqlpool: fake.pool }] }),
      new TypeError('pools[1]: expected a pool of node-mysqlpool, got one that has it as its property mysqlpool'),
    );
    assert.deepEqual(listeners, []);
  });

  it('does nothing, and says nothing, when no SDK has been started', (t) => {
    fakePool(t);
    instrumentPools()();
  });
});

describe('collectPoolMetrics', () => {
  const call =
    (options: unknown): (() => unknown) =>
    () =>
      collectPoolMetrics(options as object);

  it('refuses what it does not know', () => {
    refused(
      call({ registry: new Registry() }),
      new TypeError('collectPoolMetrics: unknown option "registry" (did you mean "register"?)'),
    );
    refused(
      call('orders'),
      new TypeError('collectPoolMetrics: expected an object of options (register, prefix, pools), got "orders"'),
    );
  });

  it('refuses a registry that is none, and a prefix that Prometheus would not take', () => {
    refused(
      call({ register: {} }),
      new TypeError(
        'collectPoolMetrics: option "register": expected a registry of prom-client, got an object without registerMetric()',
      ),
    );
    const expected =
      'collectPoolMetrics: option "prefix": expected letters, digits and underscores, and no digit at the start';
    refused(call({ prefix: 'my-app_' }), new TypeError(`${expected}, got "my-app_"`));
    refused(call({ prefix: '' }), new TypeError(`${expected}, got ""`));
    refused(call({ prefix: Object.create(null) }), new TypeError(`${expected}, got an object`));
  });

  it('refuses to share a registry with itself, and leaves what is there', async (t) => {
    fakePool(t, { name: 'orders', maxSize: 3 });
    const register = new Registry();
    t.after(collectPoolMetrics({ register }));
    assert.throws(
      () => collectPoolMetrics({ register }),
      new Error(
        'collectPoolMetrics: the registry has a metric "mysqlpool_connections" already; stop the first collection, or give a prefix',
      ),
    );
    assert.match(await register.metrics(), /^mysqlpool_connections_max\{pool="orders"\} 3$/m);
  });

  it('refuses a pool that is none, and leaves nothing in the registry', async () => {
    const register = new Registry();
    refused(
      call({ register, pools: [undefined] }),
      new TypeError('pools[0]: expected a pool of node-mysqlpool, got undefined'),
    );
    assert.equal((await register.metrics()).trim(), '');
  });
});

/** A folder where node-mysqlpool is installed, and nothing else. */
function alone(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-alone-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const target = join(folder, 'node_modules', 'node-mysqlpool');
  mkdirSync(target, { recursive: true });
  for (const part of ['package.json', 'dist/pool', 'dist/metrics', 'dist/budget/fleet-of.js']) {
    cpSync(part, join(target, part), { recursive: true });
  }
  writeFileSync(join(folder, 'index.js'), 'module.exports = require;');
  return folder;
}

describe('without the packages they are made for', () => {
  for (const [path, name, missing] of [
    ['otel', 'instrumentPools', '@opentelemetry/api'],
    ['prometheus', 'collectPoolMetrics', 'prom-client'],
  ] as const) {
    it(`${name} says what to install`, (t) => {
      const required = require(join(alone(t), 'index.js')) as NodeJS.Require;
      const module = required(`node-mysqlpool/${path}`) as Record<string, () => unknown>;
      assert.throws(() => module[name]!(), {
        message: `node-mysqlpool/${path} needs the package ${missing}, which is not installed: npm install ${missing}`,
      });
    });
  }
});
