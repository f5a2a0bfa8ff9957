/** A connection's configuration hides the password when it is printed, but not when it is copied. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import type { MysqlConnection } from '#internal/mysql/driver.js';
import { hidePassword } from '#internal/mysql/hide-password.js';

const SECRETS = ['password', 'password1', 'password2', 'password3', 'passwordSha1'];

function hidden(): { readonly config: Record<string, unknown> } {
  const config: Record<string, unknown> = { user: 'app', host: 'db' };
  for (const name of SECRETS) config[name] = `secret of ${name}`;
  const connection = { config };
  hidePassword(connection as unknown as MysqlConnection);
  return connection;
}

describe('a configuration whose passwords are hidden', () => {
  it('prints all but them, by itself and as a part of something, as deep as it was asked for', () => {
    const connection = hidden();
    assert.equal(inspect(connection.config), "{ user: 'app', host: 'db' }");
    assert.equal(inspect(connection), "{ config: { user: 'app', host: 'db' } }");
    assert.equal(inspect(connection.config, { depth: 0 }), "{ user: 'app', host: 'db' }");
    assert.equal(inspect(connection, { depth: 0 }), '{ config: [ConnectionConfig] }');
    assert.equal(inspect(connection.config, { colors: true, compact: false }).includes('\u001b[32m'), true);
  });

  it('is written as JSON without them', () => {
    assert.equal(JSON.stringify(hidden()), '{"config":{"user":"app","host":"db"}}');
  });

  it('has them, and so have its copies, which hide nothing', () => {
    const { config } = hidden();
    const copy = { ...config };
    assert.deepEqual(Object.keys(copy), ['user', 'host', ...SECRETS]);
    for (const name of SECRETS) assert.equal(copy[name], `secret of ${name}`);
    assert.match(inspect(copy), /secret of password/);
  });

  it('can be hidden once more', () => {
    const connection = hidden();
    hidePassword(connection as unknown as MysqlConnection);
    assert.doesNotMatch(inspect(connection), /secret/);
  });
});
