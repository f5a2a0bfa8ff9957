import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { Credentials } from '#internal/gateway/credentials.js';
import { UsersFile, UsersFileError } from '#internal/gateway/users-file.js';
import { accessDenied, newScramble, Password } from '#internal/wire/index.js';
import { nativeAnswer } from '#internal/wire/login/scrambles.js';
import { Scene } from './credentials-scene.js';

/** Writes a users file in a new folder; returns its path. */
function usersFile(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-users-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'users.json');
  writeFileSync(file, text);
  return file;
}

const nativeProof = (credentials: Credentials, password: string, user = 'app'): Password | undefined => {
  const scramble = newScramble();
  return credentials.known(user)?.provesNative?.(scramble, nativeAnswer(Password.of(password), scramble));
};

describe('a file of users', () => {
  it('lets clients in that know no plugins, and nobody else has to tell his password first', async (t) => {
    const scene = new Scene({ users: usersFile(t, '{"app":"right"}') });
    assert.ok(nativeProof(scene.credentials, 'right')?.equals(Password.of('right')));
    assert.equal(nativeProof(scene.credentials, 'wrong'), undefined);
    assert.equal(nativeProof(scene.credentials, 'right', 'other'), undefined);
    assert.equal(scene.proves('right'), true);
    // The server decides.
    const login = scene.check(scene.proven('right')!);
    await scene.answer();
    assert.equal(await login, undefined);
    assert.deepEqual(scene.asked, ['right']);
  });

  it('lets nobody in who is not in it, and asks the server for none of them', async (t) => {
    const file = usersFile(t, '{"app":"right"}');
    const scene = new Scene({ users: file });
    assert.deepEqual(await scene.check('right', 'here', 'other'), accessDenied('other', 'here', true));
    assert.deepEqual(await scene.check('', 'here', 'other'), accessDenied('other', 'here', false));
    assert.deepEqual(scene.asked, []);
    await scene.learn();
    writeFileSync(file, '{"other":"right"}');
    scene.credentials.users!.reload();
    // A user whose password was learned from the server before is not accepted either.
    assert.equal(scene.proves('right'), false);
    assert.deepEqual(await scene.check('right'), accessDenied('app', 'here', true));
    assert.deepEqual(scene.asked, []);
  });

  it('is no proof: learned passwords let nobody in who knows no plugins', async () => {
    const scene = new Scene();
    await scene.learn();
    assert.equal(nativeProof(scene.credentials, 'right'), undefined);
  });

  it('may have the hash alone: what a client answers is enough to log in with', async (t) => {
    const hash = '*14E65567ABDB5135D0CFD9A70B3032C179A49EE7';
    const scene = new Scene({ users: usersFile(t, JSON.stringify({ app: { nativeHash: hash } })) });
    assert.equal(scene.credentials.password('app'), undefined);
    assert.equal(scene.proves('secret'), false);
    assert.equal(nativeProof(scene.credentials, 'wrong'), undefined);
    const proven = nativeProof(scene.credentials, 'secret')!;
    assert.equal(scene.credentials.password('app'), undefined);
    const login = scene.check(proven);
    await scene.answer();
    assert.equal(await login, undefined);
    assert.deepEqual(scene.asked, [`sha1 ${Password.of('secret').sha1().toString('hex')}`]);
    assert.ok(scene.credentials.password('app')!.equals(proven));
    assert.equal(scene.proves('secret'), false);
    // Another client sends the password itself: it is kept, and the server is not asked again.
    assert.equal(await scene.check('secret'), undefined);
    assert.ok(scene.proves('secret'));
    assert.equal(scene.asked.length, 1);
    scene.credentials.proved('app', Password.ofSha1(Password.of('secret').sha1()));
    assert.ok(scene.proves('secret'));
  });

  it('gives way to what the server says', async (t) => {
    const scene = new Scene({ users: usersFile(t, '{"app":{"password":"old"}}') });
    const login = scene.check('new');
    await scene.answer();
    assert.equal(await login, undefined);
    assert.equal(scene.credentials.password('app')!.reveal()!.toString(), 'new');
    scene.credentials.forget('app');
    assert.equal(scene.credentials.password('app')!.reveal()!.toString(), 'old');
  });

  it('is read again when it has changed, and what was in it holds when that fails', (t) => {
    let now = 0;
    const file = usersFile(t, '{"app":"one"}');
    const users = new UsersFile(file, () => now);
    const passwordOf = (): string | undefined => users.get('app')?.password?.reveal()?.toString();
    const write = (text: string): void => {
      writeFileSync(file, text);
      utimesSync(file, new Date(), new Date(Date.now() + (now += 1_000)));
    };
    writeFileSync(file, '{"app":"two"}');
    assert.equal(passwordOf(), 'one');
    write('{"app":"three"}');
    assert.equal(passwordOf(), 'three');
    write('{"app":"fo');
    assert.equal(passwordOf(), 'three');
    assert.match(users.failure!.message, /is no JSON/);
    rmSync(file);
    now += 1_000;
    assert.equal(passwordOf(), 'three');
    assert.match(users.failure!.message, /cannot be read/);
    writeFileSync(file, '{"app":"five"}');
    users.reload();
    assert.equal(passwordOf(), 'five');
    assert.equal(users.failure, undefined);
  });

  it('that cannot be used is named, with the user and what was expected, and no secret', (t) => {
    const rows: [string, RegExp][] = [
      ['', /is no JSON/],
      ['{"app": hunter2}', /is no JSON$/],
      ['{\n"app":\n"hunter2" "b"}', /is no JSON: see line 3$/],
      ['["hunter2"]', /must hold an object of users/],
      ['{"app": 7}', /user "app": expected a password, or an object/],
      ['{"app": ["hunter2"]}', /user "app": expected a password, or an object/],
      ['{"app": {}}', /user "app": expected a password, or an object/],
      ['{"app": {"password": "hunter2", "nativeHash": ""}}', /user "app": expected a password, or an object/],
      ['{"app": {"pasword": "hunter2"}}', /\(did you mean "password"\?\)$/],
      ['{"app": {"hunter2": true}}', /user "app": expected "password" or "nativeHash"$/],
      ['{"app": {"password": ["hunter2"]}}', /expected a text as "password"/],
      ['{"app": {"nativeHash": "*hunter2"}}', /expected "\*" and 40 hexadecimal digits as "nativeHash"/],
    ];
    for (const [text, message] of rows) {
      const file = usersFile(t, text);
      assert.throws(
        () => new UsersFile(file),
        (error: Error) => {
          assert.ok(error instanceof UsersFileError);
          assert.match(error.message, message);
          assert.ok(error.message.startsWith(`option "users": ${file} `) && !inspect(error).includes('hunter2'));
          return true;
        },
      );
    }
    assert.throws(() => new UsersFile('/nowhere/users.json'), /users\.json cannot be read: ENOENT/);
  });
});
