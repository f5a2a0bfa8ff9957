import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createServer, type Connection } from 'mysql2';
import { mysqlpool } from '../support/command.js';
import { projectWith } from '../support/project.js';

const FILE = 'mysqlpool.config.json';
const GONE = 'mysql://u:very-secret@127.0.0.1:1/x';

async function doctor(
  t: TestContext,
  files: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
  ...args: string[]
): Promise<{ readonly status: number | null; readonly text: string }> {
  const { status, stdout, stderr } = await mysqlpool(['doctor', ...args], { cwd: projectWith(t, files), env });
  assert.equal(stderr, '');
  assert.doesNotMatch(stdout, /very-secret/);
  // As one line, wherever it was wrapped.
  return { status, text: stdout.replaceAll(/\s+/g, ' ') };
}

describe('the settings that the doctor reads', () => {
  it('are nothing at all', async (t) => {
    const { status, text } = await doctor(t, {});
    assert.equal(status, 1);
    assert.match(text, /^error No database is configured: there is no mysqlpool\.config\.json here,/);
  });

  it('are the file, another file, and the environment', async (t) => {
    const files = { [FILE]: { DATABASES: { fromfile: GONE } }, 'other.json': { DATABASES: { other: GONE } } };
    assert.match((await doctor(t, files)).text, /^fromfile: u at 127\.0\.0\.1:1, database x/);
    assert.match((await doctor(t, files, {}, '--config', 'other.json')).text, /^other: u at 127\.0\.0\.1:1/);
    assert.match((await doctor(t, files, { MYSQLPOOL_CONFIG: 'other.json' })).text, /^other: u at 127\.0\.0\.1:1/);
    const env = { DATABASE_URL: GONE, MYSQLPOOL_ARGUMENTS: '{"timeout":null}' };
    const { status, text } = await doctor(t, {}, env);
    assert.equal(status, 3);
    assert.match(text, /^default: u at 127\.0\.0\.1:1, database x/);
    assert.match(text, /The settings are valid \(DATABASE_URL, MYSQLPOOL_ARGUMENTS\)/);
    assert.match(text, /Set MYSQLPOOL_ARGUMENTS\.timeout to 30 \(seconds\)/);
  });

  it('may be wrong in several places, which are told all at once', async (t) => {
    const { status, text } = await doctor(t, {
      [FILE]: {
        DATABASES: { default: { USR: 'x' }, port: { PORT: 'abc' }, gone: GONE },
        MYSQLPOOL_ARGUMENTS: { pool_sise: 5 },
      },
    });
    assert.equal(status, 3);
    assert.match(text, /error DATABASES\.default\.USR: unknown setting \(did you mean "USER"\?\)/);
    assert.match(text, /-> Correct DATABASES\.default\.USR \(mysqlpool\.config\.json, line 4\)\./);
    assert.match(text, /error DATABASES\.port\.PORT: expected a port/);
    assert.match(text, /error MYSQLPOOL_ARGUMENTS\.pool_sise: .* \(did you mean "pool_size"\?\)/);
    assert.match(text, /The other checks go by the defaults instead\./);
    assert.match(text, /error The server at 127\.0\.0\.1:1 cannot be reached/);
    assert.match(text, /4 errors, /);
  });

  it('may be no JSON, or have a setting that nobody knows', async (t) => {
    const broken = await doctor(t, { [FILE]: '{ "DATABASES": {\n  nope' });
    assert.equal(broken.status, 1);
    assert.match(broken.text, /^error mysqlpool\.config\.json:2:3: not valid JSON: expected a name in double quotes/);
    const unknown = await doctor(t, { [FILE]: { DATABASE: {} } });
    assert.equal(unknown.status, 1);
    assert.match(unknown.text, /^error DATABASE: unknown setting \(did you mean "DATABASES"\?\)/);
  });

  it('are a URL, which is refused without its password', async (t) => {
    const bad = await doctor(t, {}, {}, '--url', 'postgres://u:very-secret@127.0.0.1/x');
    assert.equal(bad.status, 1);
    assert.match(bad.text, /^error --url: the URL begins with "postgres:"/);
    const option = await doctor(t, {}, {}, '--url', `${GONE}?maxSise=3`);
    assert.match(option.text, /^error --url: unknown option "maxSise" \(did you mean "maxSize"\?\)/);
    const range = await doctor(t, {}, {}, '--url', `${GONE}?maxSize=0`);
    assert.match(range.text, /^error --url: option "maxSize": expected a whole number from 1 up, or Infinity, got 0/);
  });

  it('may be misspelt in the environment, which is told once', async (t) => {
    const { text } = await doctor(t, {}, { DATABASE_URL: GONE, MYSQLPOOL_MAXTOTAL: '3', MYSQLPOOL_MONITOR: '9339' });
    assert.equal(text.split('MYSQLPOOL_MAXTOTAL').length, 2);
    assert.match(text, /which nothing reads \(did you mean "MYSQLPOOL_MAX_TOTAL"\?\)/);
  });

  it('have a limit for the process, which counts', async (t) => {
    const databases = { a: GONE, b: 'mysql://u:very-secret@127.0.0.1:1/y' };
    const { text } = await doctor(t, { [FILE]: { DATABASES: databases, MYSQLPOOL_MAX_TOTAL: 1 } });
    assert.match(text, /The process may have 1 connections in all, and there are 2 pools/);
    assert.match(text, /Set MYSQLPOOL_MAX_TOTAL \(mysqlpool\.config\.json, line 6\) to 2 or more/);
  });
});

describe('the project that the doctor reads', () => {
  const manifest = (dependencies: readonly string[], others: object = {}): object => ({
    name: 'app',
    dependencies: Object.fromEntries(['node-mysqlpool', ...dependencies].map((name) => [name, '*'])),
    ...others,
  });
  const env = { DATABASE_URL: GONE };

  it('shows libraries that pool by themselves', async (t) => {
    const { text } = await doctor(t, { 'package.json': manifest(['knex']) }, env);
    assert.match(
      text,
      /note (?:package\.json: )?The project depends on knex, which keeps a pool .* node-mysqlpool\/knex\./,
    );
  });

  it('shows that register takes them over: from scripts, from NODE_OPTIONS', async (t) => {
    const scripts = { scripts: { start: 'node --import node-mysqlpool/register app.js' } };
    const { text } = await doctor(t, { 'package.json': manifest(['knex', 'typeorm'], scripts) }, env);
    assert.match(text, /ok knex is taken over by node-mysqlpool\/register\. ok typeorm is taken over/);
  });

  it('does not look into projects that have nothing to do with us', async (t) => {
    const foreign = { 'package.json': { name: 'app', dependencies: { knex: '*' } } };
    assert.doesNotMatch((await doctor(t, foreign, env)).text, /knex/);
    assert.doesNotMatch((await doctor(t, { 'package.json': '{ broken' }, env)).text, /package\.json/);
  });
});

/** Speaks MySQL's protocol as far as a log-in goes, and refuses every question: no real server can be set to do so. */
async function shyServer(t: TestContext, version: string): Promise<number> {
  const server = createServer(() => undefined);
  const sockets = new Set<Socket>();
  let id = 0;
  server.on('connection', (connection: Connection) => {
    const shy = connection as unknown as {
      readonly stream: Socket;
      sequenceId: number;
      serverHandshake(options: object): void;
      writeError(error: { readonly code: number; readonly message: string }): void;
      on(event: string, listener: () => void): void;
    };
    sockets.add(shy.stream);
    shy.serverHandshake({
      protocolVersion: 10,
      serverVersion: version,
      connectionId: ++id,
      statusFlags: 2,
      characterSet: 45,
      // Everything but TLS.
      capabilityFlags: 0xff_ff_f7_ff,
      authCallback: (_: unknown, done: (error: null) => void) => done(null),
    });
    shy.on('error', () => undefined);
    shy.on('query', () => {
      // The answer to the first packet of a command is the second.
      shy.sequenceId = 1;
      shy.writeError({ code: 1227, message: 'Access denied; you need (at least one of) the X privilege(s)' });
    });
  });
  const listening = server as unknown as {
    listen(port: number, host: string): void;
    readonly _server: NodeJS.EventEmitter & { address(): AddressInfo; close(): void };
  };
  listening.listen(0, '127.0.0.1');
  await once(listening._server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listening._server.close();
  });
  return listening._server.address().port;
}

describe('a server that tells nothing', () => {
  it('is a warning for each question, and the rest is checked', async (t) => {
    const port = await shyServer(t, '8.4.0');
    const { status, text } = await doctor(t, {}, {}, '--url', `mysql://u:very-secret@127.0.0.1:${port}/x?maxSize=1`);
    assert.equal(status, 0);
    assert.match(
      text,
      /warning The server did not tell everything: its variables cannot be read \(Access denied; you need/,
    );
    assert.match(text, /its status cannot be read/);
    assert.match(text, /who is connected cannot be read/);
    assert.match(text, /warning The pool has one connection\./);
  });
});
