import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { accessDenied, Password, type ErrorPacket } from '#internal/wire/index.js';
import { Scene, turns } from './credentials-scene.js';

const right = Password.of('right');
const DENIED = accessDenied('app', '192.0.2.1', true);

describe('the passwords of accounts', () => {
  it('are learned from the server, and known from then on', async () => {
    const scene = new Scene();
    assert.equal(scene.credentials.known('app'), undefined);
    assert.equal(scene.credentials.password('app'), undefined);
    const first = scene.check(right);
    await scene.answer();
    assert.equal(await first, undefined);
    assert.ok(scene.proves('right'));
    assert.ok(scene.credentials.password('app')!.equals(right));
    assert.equal(await scene.check(right), undefined);
    assert.equal(await scene.check(right), undefined);
    assert.deepEqual(scene.asked, ['right']);
  });

  it('that the server refuses are not, and it is told in its own words', async () => {
    const scene = new Scene();
    const first = scene.check('wrong');
    await scene.answer(DENIED);
    assert.equal(await first, DENIED);
    assert.equal(scene.credentials.password('app'), undefined);
    assert.equal(scene.credentials.known('app'), undefined);
  });

  it('are not learned of a server that cannot be asked, or has other troubles', async () => {
    const scene = new Scene();
    await scene.learn();
    const full: ErrorPacket = { errno: 1040, sqlState: '08004', message: 'Too many connections' };
    scene.now += 60_000;
    for (const trouble of [new Error('connect ECONNREFUSED'), full]) {
      const one = scene.check(right);
      const other = scene.check('other');
      const outcomes = Promise.allSettled([one, other]);
      await scene.answer(trouble);
      await scene.answer(trouble);
      for (const outcome of await outcomes) {
        assert.equal(outcome.status === 'fulfilled' ? outcome.value : outcome.reason, trouble);
      }
    }
    assert.ok(scene.credentials.password('app')!.equals(right));
    // The next login asks the server again.
    assert.equal(scene.asked.length, 4);
  });

  it('are not asked about again as long as sessions are opened with them; one that was refused meanwhile stays so', async () => {
    const scene = new Scene({ recheckAfter: 5_000 });
    await scene.learn();
    scene.now += 4_000;
    scene.credentials.confirmed('app', right);
    scene.now += 2_000;
    assert.equal(await scene.check(right), undefined);
    assert.deepEqual(scene.asked, []);
    scene.credentials.refused('app', right);
    scene.credentials.confirmed('app', right);
    assert.equal(scene.credentials.password('app'), undefined);
  });

  it('are asked about again when the server was not asked for a while', async () => {
    const scene = new Scene({ recheckAfter: 5_000 });
    await scene.learn();
    scene.now += 5_000;
    const logins = [scene.check(right), scene.check(right), scene.check(right)];
    await scene.answer();
    assert.deepEqual(await Promise.all(logins), [undefined, undefined, undefined]);
    assert.deepEqual(scene.asked, ['right']);
    assert.equal(await scene.check(right), undefined);
  });

  it('are asked about in time, so that nobody waits for it', async () => {
    const scene = new Scene({ recheckAfter: 5_000 });
    await scene.learn();
    scene.now += 2_499;
    assert.equal(await scene.check(right), undefined);
    await turns();
    assert.deepEqual(scene.asked, []);
    scene.now += 1;
    for (let login = 0; login < 3; login++) assert.equal(await scene.check(right), undefined);
    await scene.answer(new Error('connect ECONNREFUSED'));
    assert.equal(await scene.check(right), undefined);
    await scene.answer();
    scene.now += 2_499;
    assert.equal(await scene.check(right), undefined);
    await turns();
    assert.deepEqual(scene.asked, ['right', 'right']);
    // A refusal counts even though no login waits for it.
    scene.now += 1;
    assert.equal(await scene.check(right), undefined);
    await scene.answer(DENIED);
    assert.equal(scene.credentials.password('app'), undefined);
  });

  it('are forgotten when the server takes them no more', async () => {
    const scene = new Scene();
    await scene.learn();
    scene.now += 60_000;
    const login = scene.check(right);
    await scene.answer(DENIED);
    assert.equal(await login, DENIED);
    assert.equal(scene.credentials.known('app'), undefined);
  });

  it('are forgotten when a session could not be opened with them, but not one that came since', async () => {
    const scene = new Scene();
    await scene.learn('old');
    const changed = scene.check('new');
    await scene.answer();
    await scene.answer();
    assert.equal(await changed, undefined);
    scene.credentials.refused('app', Password.of('other'));
    assert.ok(scene.proves('old') && scene.proves('new'));
    scene.credentials.refused('app', Password.of('old'));
    assert.equal(scene.credentials.password('app')!.reveal()!.toString(), 'new');
    scene.credentials.refused('app', Password.of('new'));
    assert.equal(scene.credentials.password('app'), undefined);
    await scene.learn('new');
    scene.credentials.refused('app');
    assert.equal(scene.credentials.password('app'), undefined);
  });

  it('may change at the server: the new one is learned, and the server is asked about the old one', async () => {
    const scene = new Scene();
    await scene.learn('old');
    assert.equal(scene.proves('new', 'there'), false);
    const changed = scene.check('new', 'there');
    await scene.answer();
    assert.equal(await changed, undefined);
    assert.ok(scene.proves('new'));
    const late = scene.check('old');
    await scene.answer(DENIED);
    assert.equal(await late, DENIED);
    assert.deepEqual(scene.asked, ['new', 'old']);
    assert.equal(scene.proves('old', 'elsewhere'), false);
    assert.equal(scene.credentials.password('app')!.reveal()!.toString(), 'new');
  });

  it('may be two, while one takes the place of the other', async () => {
    const scene = new Scene();
    await scene.learn('old');
    const added = scene.check('new');
    await scene.answer();
    await scene.answer();
    assert.equal(await added, undefined);
    assert.deepEqual(scene.asked, ['new', 'old']);
    for (const either of ['old', 'new', 'old']) assert.equal(await scene.check(scene.proven(either)!), undefined);
    assert.equal(scene.asked.length, 2);
    // Sessions are opened with the newer password, which will remain valid.
    assert.equal(scene.credentials.password('app')!.reveal()!.toString(), 'new');
    // The server is asked about each password separately.
    scene.now += 60_000;
    const old = scene.check('old');
    await scene.answer(DENIED);
    assert.equal(await old, DENIED);
    const recent = scene.check('new');
    await scene.answer();
    assert.equal(await recent, undefined);
    assert.deepEqual(scene.asked.slice(2), ['old', 'new']);
    // No more than two passwords are kept.
    for (const password of ['third', 'fourth']) {
      const another = scene.check(password);
      await scene.answer();
      await scene.answer();
      assert.equal(await another, undefined);
    }
    assert.ok(scene.proves('third') && scene.proves('fourth'));
    assert.equal(scene.proves('new', 'elsewhere'), false);
  });

  it('may be empty', async () => {
    const scene = new Scene();
    await scene.learn('');
    assert.equal(await scene.check(''), undefined);
    assert.ok(scene.credentials.password('app')!.isEmpty);
    const wrong = scene.check('right');
    await scene.answer(DENIED);
    assert.equal(await wrong, DENIED);
  });

  it('are shown by nothing', async () => {
    const scene = new Scene();
    await scene.learn();
    const { credentials } = scene;
    const shown = [inspect(credentials, { depth: 9, showHidden: true }), JSON.stringify(credentials)];
    shown.push(inspect(credentials.known('app')), inspect(credentials.password('app'), { showHidden: true }));
    for (const text of shown) assert.ok(!/right|72, 105|72 69 67/.test(text), text);
  });
});

describe('wrong passwords', () => {
  it('cost the server one login at a time for each account', async () => {
    const scene = new Scene();
    const storm = Array.from({ length: 200 }, (_, at) => scene.check(`guess ${at % 20}`, `host ${at}`));
    for (let at = 0; at < 20; at++) await scene.answer(DENIED);
    assert.deepEqual(new Set(await Promise.all(storm)), new Set([DENIED]));
    assert.equal(scene.asked.length, 20);
    assert.equal(scene.most, 1);
  });

  it('cost it a bounded number at a time over all accounts, and no account waits for another', async () => {
    const scene = new Scene({ maxProbes: 3 });
    const users = Array.from({ length: 10 }, (_, at) => `user ${at}`);
    const storm = users.flatMap((user) => [scene.check('one', 'here', user), scene.check('two', 'here', user)]);
    for (let at = 0; at < 20; at++) await scene.answer(DENIED);
    await Promise.all(storm);
    assert.equal(scene.most, 3);
    assert.deepEqual(
      scene.asked.slice(0, 10),
      users.map(() => 'one'),
    );
  });

  it('cost it nothing when they were refused a moment ago', async () => {
    const scene = new Scene({ refusedFor: 1_000 });
    const first = scene.check('wrong');
    await scene.answer(DENIED);
    await first;
    scene.now += 999;
    assert.equal(await scene.check('wrong'), DENIED);
    assert.equal(scene.asked.length, 1);
    scene.now += 1;
    const later = scene.check('wrong');
    await scene.answer();
    assert.equal(await later, undefined);
  });

  it('of one user are not those of another', async () => {
    const scene = new Scene();
    const first = scene.check('same');
    await scene.answer(DENIED);
    assert.equal(await first, DENIED);
    const other = scene.check('same', 'here', 'another');
    await scene.answer();
    assert.equal(await other, undefined);
  });

  it('make who gave them be told by the server alone, whatever it tries next', async () => {
    const scene = new Scene({ refusedFor: 1_000 });
    await scene.learn();
    assert.equal(scene.proves('guess', 'evil'), false);
    // The right password is treated like a wrong one: only the server decides for this host.
    assert.equal(scene.proves('right', 'evil'), false);
    assert.equal(scene.proves('right', 'here'), true);
    const guesses = ['a', 'b', 'right', 'c'].map((guess) => scene.check(guess, 'evil'));
    for (const verdict of [DENIED, DENIED, undefined, DENIED]) await scene.answer(verdict);
    assert.deepEqual(await Promise.all(guesses), [DENIED, DENIED, undefined, DENIED]);
    assert.deepEqual(scene.asked, ['a', 'b', 'right', 'c']);
    assert.equal(scene.most, 1);
    assert.ok(scene.credentials.password('app')!.equals(right));
    scene.now += 1_000;
    assert.equal(scene.proves('right', 'evil'), true);
  });

  it('in the long form count as well, before the server has answered', async () => {
    const scene = new Scene();
    await scene.learn();
    const wrong = scene.check('wrong', 'evil');
    assert.equal(scene.proves('right', 'evil'), false);
    await scene.answer(DENIED);
    assert.equal(await wrong, DENIED);
  });

  it('of an account that nobody knew count when it is known', async () => {
    const scene = new Scene();
    const guess = scene.check('guess', 'evil');
    await scene.answer(DENIED);
    await guess;
    await scene.learn();
    assert.equal(scene.proves('right', 'evil'), false);
  });

  it('are forgiven when the right one came', async () => {
    const scene = new Scene();
    await scene.learn();
    assert.equal(scene.proves('wrong'), false);
    const login = scene.check(right);
    await scene.answer();
    assert.equal(await login, undefined);
    assert.ok(scene.proves('right'));
  });

  it('are not asked about for clients who have gone', async () => {
    const scene = new Scene();
    const gone = new AbortController();
    const first = scene.check('first');
    const second = scene.credentials.check('app', Password.of('second'), scene.prove, { signal: () => gone.signal });
    const third = scene.check('third');
    await turns();
    gone.abort(new Error('gone'));
    await assert.rejects(second, /gone/);
    await scene.answer(DENIED);
    await scene.answer();
    assert.deepEqual([await first, await third], [DENIED, undefined]);
    assert.deepEqual(scene.asked, ['first', 'third']);
    await assert.rejects(
      scene.credentials.check('app', Password.of('late'), scene.prove, { signal: () => gone.signal }),
      /gone/,
    );
  });

  it('are remembered in a bounded number', async () => {
    const scene = new Scene({ refusedFor: Infinity });
    for (let at = 0; at < 1_100; at++) {
      const login = scene.check(`guess ${at}`);
      await scene.answer(DENIED);
      await login;
    }
    assert.equal(await scene.check('guess 1099'), DENIED);
    const forgotten = scene.check('guess 0');
    await scene.answer();
    assert.equal(await forgotten, undefined);
  });
});
