import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Credentials } from '#internal/gateway/credentials.js';
import { accessDenied, Password, type ErrorPacket } from '#internal/wire/index.js';
import { SERVER_KINDS, startServer, type TestServer } from '#support/servers/index.js';
import { logIn } from '../wire/server-logins.js';

const USER = 'learned';

/** Credentials of one account at a real server. */
class Account {
  now = 0;
  asked = 0;
  readonly credentials: Credentials;
  readonly #server: TestServer;

  constructor(server: TestServer) {
    this.#server = server;
    this.credentials = new Credentials({ recheckAfter: 60_000, now: () => this.now });
  }

  check(password: string, from = 'here'): Promise<ErrorPacket | undefined> {
    const prove = async (candidate: Password): Promise<ErrorPacket | undefined> => {
      this.asked++;
      return (await logIn(this.#server, { user: USER, password: candidate })).error;
    };
    return this.credentials.check(USER, Password.of(password), prove, { from });
  }
}

for (const kind of SERVER_KINDS) {
  describe(`what is learned from ${kind}`, () => {
    let server: TestServer;
    before(async () => {
      server = await startServer(kind);
    });
    afterEach(() => server.admin(`DROP USER IF EXISTS ${USER}@'%'`));
    after(() => server[Symbol.asyncDispose]());

    it('is forgotten when the password changes there, and when the account goes', async () => {
      await server.admin(`CREATE USER ${USER}@'%' IDENTIFIED BY 'first'`);
      const denied = accessDenied(USER, '127.0.0.1', true);
      const account = new Account(server);
      assert.deepEqual(await account.check('second'), denied);
      assert.equal(await account.check('first'), undefined);
      assert.equal(await account.check('first'), undefined);
      assert.equal(account.asked, 2);

      await server.admin(`ALTER USER ${USER}@'%' IDENTIFIED BY 'second'`);
      account.now += 29_999;
      assert.equal(await account.check('first'), undefined);
      account.now += 30_001;
      assert.deepEqual(await account.check('first'), denied);
      assert.equal(account.credentials.password(USER), undefined);
      assert.equal(await account.check('second'), undefined);

      await server.admin(`DROP USER ${USER}@'%'`);
      account.now += 60_000;
      assert.deepEqual(await account.check('second'), denied);
    });

    it('takes no more logins there than different passwords, however many are tried', async () => {
      await server.admin(`CREATE USER ${USER}@'%' IDENTIFIED BY 'right'`);
      const account = new Account(server);
      const tried = Array.from({ length: 300 }, (_, at) =>
        account.check(at % 30 === 7 ? 'right' : `guess ${at % 5}`, `${at}`),
      );
      const refusals = await Promise.all(tried);
      assert.equal(refusals.filter((refusal) => refusal === undefined).length, 10);
      assert.equal(account.asked, 6);
    });
  });
}
