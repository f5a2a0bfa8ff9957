import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { MaxTotal, PoolOptionError, SettingsError } from 'node-mysqlpool';
import { Canonical } from '#internal/settings/canonical.js';
import { planOf, type Plan } from '#internal/settings/plan.js';
import { findSettings } from '#internal/settings/sources.js';
import { madeOrRefused } from './support/refusal.js';
import { fuzzing, options, SECRET, weird } from './support/weird.js';

const DATABASE = ['ENGINE', 'NAME', 'USER', 'PASSWORD', 'HOST', 'PORT', 'OPTIONS', 'CONN_MAX_AGE', 'ATOMIC_REQUESTS'];
const OPTIONS = ['charset', 'init_command', 'connect_timeout', 'ssl', 'read_timeout', 'use_unicode', 'sql_mode'];
const ARGUMENTS = [
  'pool_size', 'max_overflow', 'timeout', 'recycle', 'pre_ping', 'use_lifo', 'reset_on_return', 'use_threadlocal',
  'echo', 'logging_name', 'listeners', 'events', 'creator', 'poolclass', 'unique_connection',
]; // prettier-ignore
const SETTINGS = ['DATABASES', 'MYSQLPOOL_BACKEND', 'MYSQLPOOL_ARGUMENTS', 'MYSQLPOOL_MAX_TOTAL'];
const BACKENDS = ['QueuePool', 'NullPool', 'StaticPool', 'AssertionPool', 'SingletonThreadPool'];

const likelyDatabase = fc.oneof(
  fc.constantFrom<unknown>('mysqlpool', 'shop', 'app', '127.0.0.1', '', '3306', 3306, 0, true, false),
  options(OPTIONS, fc.constantFrom<unknown>('utf8mb4', 5, true, {}, 'SET x = 1')),
);
const database = options(DATABASE, likelyDatabase).map((given) => ({ ...given, PASSWORD: SECRET }));
const databases = fc.dictionary(fc.oneof(fc.constant('default'), fc.string()), fc.oneof(database, weird), {
  maxKeys: 3,
});
const poolArguments = options(ARGUMENTS, fc.constantFrom<unknown>(-1, 0, 5, 10, 30, true, false, 'rollback', 'debug'));
const settings = fc.oneof(
  fc.record(
    {
      DATABASES: databases,
      MYSQLPOOL_BACKEND: fc.oneof(fc.constantFrom(...BACKENDS), weird),
      MYSQLPOOL_ARGUMENTS: fc.oneof(poolArguments, weird),
      MYSQLPOOL_MAX_TOTAL: fc.oneof(fc.constantFrom(1, 20, null), weird),
    },
    { requiredKeys: [] },
  ),
  options(SETTINGS, databases),
);

/** Text that is JSON, or was before somebody edited it. */
const text = fc.oneof(
  fc.json(),
  fc.string(),
  settings.map((value) => stringify(value)),
  fc.tuple(settings, fc.nat(200), fc.string({ maxLength: 3 })).map(([value, at, other]) => {
    const json = stringify(value);
    return json.slice(0, at) + other + json.slice(at + 1);
  }),
);

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item)) ?? 'null';
  } catch {
    return '{}';
  }
}

/** Every pool of a plan can be made and closed, and shows no password. */
async function checkPlan(plan: Plan | undefined): Promise<void> {
  if (plan === undefined) return;
  assert.ok(plan.maxTotal >= 1);
  assert.ok(!inspect(plan, { depth: 8, showHidden: true }).includes(SECRET), 'the password is in inspect(plan)');
  for (const { key, open } of plan.databases.values()) {
    assert.ok(!key.includes(SECRET), 'the password is in the key');
    const pool = madeOrRefused(() => open(new MaxTotal(5)), SettingsError, PoolOptionError);
    await pool?.close();
  }
}

describe('any settings', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'node-mysqlpool-fuzz-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const plan = (given: unknown, env: NodeJS.ProcessEnv): Plan | undefined =>
    madeOrRefused(() => planOf(findSettings(given, env, folder), new Canonical()), SettingsError, PoolOptionError);

  it('given to configure() make pools or a SettingsError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: settings }, weird), async (given) =>
        checkPlan(plan(given, {})),
      ),
      fuzzing(),
    );
  });

  it('in the environment make pools or a SettingsError', async () => {
    const variables = fc.record(
      {
        MYSQLPOOL_DATABASES: text,
        MYSQLPOOL_ARGUMENTS: text,
        MYSQLPOOL_BACKEND: fc.oneof(fc.constantFrom(...BACKENDS), fc.string()),
        MYSQLPOOL_MAX_TOTAL: fc.oneof(fc.nat().map(String), fc.string()),
        DATABASE_URL: fc.oneof(
          fc.string(),
          fc.string({ maxLength: 9 }).map((host) => `mysql://app:${SECRET}@${host}/db`),
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(variables, async (env) => checkPlan(plan(undefined, env))),
      fuzzing(),
    );
  });

  it('in a file make pools or a SettingsError', async () => {
    const bytes = fc.oneof(
      text.map((json) => Buffer.from(json)),
      fc.uint8Array().map((array) => Buffer.from(array)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        writeFileSync(join(folder, 'fuzz.json'), content);
        await checkPlan(plan(undefined, { MYSQLPOOL_CONFIG: 'fuzz.json' }));
      }),
      fuzzing(),
    );
  });
});
