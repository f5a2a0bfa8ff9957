import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { closeAll, configure, connections } from 'node-mysqlpool/settings';
import { Canonical } from '#internal/settings/canonical.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/servers.js';
import { clean, use } from './support/settings.js';

const SECRET = 'hunter2';

/** Everything that can be seen of a value. */
const everything = (value: unknown): string =>
  inspect(value, { depth: 12, showHidden: true, getters: false, maxArrayLength: null, maxStringLength: null });

function assertHidden(text: string): void {
  assert.ok(!text.includes(SECRET), text.slice(Math.max(0, text.indexOf(SECRET) - 200), text.indexOf(SECRET) + 200));
}

/** What is thrown, as text: message, stack and properties. */
function thrown(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return everything(error) + String((error as Error).stack);
  }
  return assert.fail('nothing was thrown');
}

describe('a secret', () => {
  const DATABASES = {
    default: { PASSWORD: SECRET, OPTIONS: { ssl: { key: `-----BEGIN PRIVATE KEY-----\n${SECRET}` } } },
  };

  it('is not in what can be seen of connections, pools and the registry', (t) => {
    use(t, { DATABASES });
    const { default: pool } = connections;
    const registry = (globalThis as Record<symbol, unknown>)[Symbol.for('node-mysqlpool.registry')];
    assert.ok(registry !== undefined);
    for (const value of [connections, pool, pool.options, pool.stats(), registry]) assertHidden(everything(value));
    assertHidden(JSON.stringify([pool.options, pool.stats()]));
  });

  it('is not in the key that its pool goes by, which differs from process to process', () => {
    const [key, other] = [new Canonical().keyOf(DATABASES), new Canonical().keyOf(DATABASES)];
    assertHidden(key);
    assert.match(key, /^[\da-f]{64}$/);
    assert.notEqual(key, other, 'nobody can find the password by trying keys');
  });

  it('is not in the errors of wrong settings', (t) => {
    clean(t);
    const wrong: unknown[] = [
      { PASSWORD: [SECRET] },
      { PASSWORD: { value: SECRET } },
      { PASSWORDS: SECRET },
      { PASSWORD: SECRET, PORT: 'x' },
      { OPTIONS: { passwd: [SECRET] } },
      { OPTIONS: { password: [SECRET] } },
      { OPTIONS: { passsword: SECRET } },
      { OPTIONS: { ssl: { key: [SECRET], passphrase: SECRET, nope: SECRET } } },
      { OPTIONS: { ssl: { key: `mangled\n${SECRET}` } } },
      `mysql://app:${SECRET}@db:port/x`,
      `mysql://app:${SECRET}%@db/x`,
      `postgres://app:${SECRET}@db/x`,
      `mysql://app:${SECRET}@db/x?nope=1`,
      SECRET,
    ];
    for (const entry of wrong) assertHidden(thrown(() => configure({ DATABASES: { default: entry as never } })));
  });

  it('is not in the errors of JSON that cannot be read', (t) => {
    for (const text of [
      `{"default": {"PASSWORD": ${SECRET}}}`,
      `{"default": {"PASSWORD": "${SECRET}}`,
      SECRET,
      `{"${SECRET}" 1}`,
    ]) {
      clean(t, { MYSQLPOOL_DATABASES: text });
      assertHidden(thrown(() => configure()));
    }
  });
});

eachServer('a secret', (_, getServer) => {
  it('is not in the error of a wrong one, nor in what is logged', async (t) => {
    const entry = await databaseFor(t, await getServer());
    const lines: string[] = [];
    t.mock.method(console, 'info', (line: string) => lines.push(line));
    use(t, {
      DATABASES: {
        default: { ...entry, PASSWORD: SECRET },
        url: `mysql://${entry.USER}:${SECRET}@${entry.HOST}:${entry.PORT}/`,
      },
      MYSQLPOOL_ARGUMENTS: { echo: true },
    });
    for (const alias of ['default', 'url']) {
      const error: unknown = await connections[alias]!.query('SELECT 1').then(
        () => assert.fail('it got in'),
        (reason: unknown) => reason,
      );
      assert.equal((error as { code: string }).code, 'POOL_CONNECT');
      assertHidden(everything(error) + String((error as Error).stack));
    }
    await closeAll();
    assert.ok(lines.length >= 2);
    assertHidden(lines.join('\n'));
  });
});
