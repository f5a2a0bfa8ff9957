/** Logins packet by packet, those that no driver and no server would send included. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  ASKED,
  Capability,
  CLIENT_PLUGIN,
  ClientLogin,
  decodeAuthSwitch,
  decodeHandshakeResponse,
  encodeAuthSwitch,
  encodeError,
  encodeMoreData,
  newScramble,
  OFFERED,
  Password,
  provesSha2,
  RsaKey,
  ServerLogin,
  sha2Digest,
  WireError,
  type Claim,
  type ClientLoginOptions,
  type LoginStep,
  type ServerStep,
} from '#internal/wire/index.js';
import { encryptPassword } from '#internal/wire/login/rsa.js';
import { sha2Answer } from '#internal/wire/login/scrambles.js';
import { fuzzing, SECRET } from '../fuzz/support/weird.js';

const scramble = newScramble();
const FULL = Buffer.from([1, 4]);
const FAST = Buffer.from([1, 3]);

let made: Promise<RsaKey> | undefined;
const theKey = (): Promise<RsaKey> => (made ??= RsaKey.generate());

async function clientLogin(options: Partial<ClientLoginOptions> = {}): Promise<ClientLogin> {
  const key = options.isSecure === true ? undefined : await theKey();
  return new ClientLogin({ scramble, isSecure: false, key, host: '192.0.2.1', known: () => undefined, ...options });
}

const claim = (answer: Buffer | string, plugin: string | undefined = CLIENT_PLUGIN): Claim => ({
  user: 'app',
  answer: Buffer.from(answer as string),
  plugin,
  capabilities: OFFERED,
});

const DENIED = {
  errno: 1045,
  sqlState: '28000',
  message: "Access denied for user 'app'@'192.0.2.1' (using password: YES)",
};

const told = (step: LoginStep): string | undefined =>
  'password' in step ? step.password.reveal()?.toString() : undefined;

describe('a client that logs in', () => {
  const secret = Password.of(SECRET);
  const right = sha2Answer(Buffer.from(SECRET), scramble);
  const known = (): ReturnType<ClientLoginOptions['known']> => ({
    provesSha2: (nonce, answer) => (provesSha2(sha2Digest(Buffer.from(SECRET)), nonce, answer) ? secret : undefined),
    provesNative: undefined,
  });

  it('is taken by the short form, without its password', async () => {
    const login = await clientLogin({ known });
    assert.deepEqual(login.begin(claim(right)), { proven: secret, send: [FAST] });
    assert.throws(() => login.feed(Buffer.from([2])), WireError);
  });

  it('is switched when it begins with another plugin, and when it has no answer yet', async () => {
    for (const [answer, plugin, isChange] of [
      [Buffer.alloc(20, 1), 'mysql_native_password', false],
      ['', 'mysql_native_password', false],
      [SECRET, 'mysql_clear_password', false],
      ['', undefined, false],
      ['', CLIENT_PLUGIN, true],
      [sha2Answer(Buffer.from(SECRET), newScramble()), CLIENT_PLUGIN, true],
    ] as const) {
      const login = await clientLogin({ known, isChange });
      const step = login.begin({ ...claim(answer), plugin });
      assert.ok('send' in step && step.send.length === 1);
      assert.deepEqual(decodeAuthSwitch(step.send[0]!), { plugin: CLIENT_PLUGIN, scramble });
      assert.deepEqual(login.feed(right), { proven: secret, send: [FAST] });
    }
  });

  it('is known at once in a change, when it answers for the greeting', async () => {
    const login = await clientLogin({ known, isChange: true });
    assert.deepEqual(login.begin(claim(right)), { proven: secret, send: [FAST] });
  });

  it('has no password in each way of saying so', async () => {
    for (const nothing of ['', '\0']) {
      assert.equal(told((await clientLogin()).begin(claim(nothing))), '');
      const switched = await clientLogin();
      switched.begin(claim('', 'mysql_native_password'));
      assert.equal(told(switched.feed(Buffer.from(nothing))), '');
    }
    const late = await clientLogin({ isSecure: true });
    late.begin(claim(right));
    assert.equal(told(late.feed(Buffer.from('\0'))), '');
  });

  it('tells its password where nobody else can read it', async () => {
    const login = await clientLogin({ isSecure: true });
    assert.deepEqual(login.begin(claim(right)), { send: [FULL] });
    assert.equal(told(login.feed(Buffer.from(`${SECRET}\0`))), SECRET);
  });

  it('encrypts it elsewhere, whether it asks for the key or has it', async () => {
    const key = await theKey();
    const encrypted = encryptPassword(Buffer.from(SECRET), scramble, key.pem.toString())!;
    const asking = await clientLogin();
    asking.begin(claim(right));
    assert.deepEqual(asking.feed(Buffer.from([2])), { send: [encodeMoreData(key.pem)] });
    assert.equal(told(asking.feed(encrypted)), SECRET);
    const having = await clientLogin();
    having.begin(claim(right));
    assert.equal(told(having.feed(encrypted)), SECRET);
  });

  it('is refused when it sends its password where others can read it', async () => {
    const login = await clientLogin({ known });
    login.begin(claim(Buffer.alloc(32, 1)));
    assert.deepEqual(login.feed(Buffer.from(`${SECRET}\0`)), { refused: DENIED, isClear: true });
  });

  it('is refused for what is no answer', async () => {
    const long = `${'x'.repeat(4_097)}\0`;
    const rows: [isSecure: boolean, ...payloads: (Buffer | string)[]][] = [
      [true, long],
      [true, SECRET],
      [true, `${SECRET}\0${SECRET}\0`],
      [true, Buffer.alloc(0)],
      [false, Buffer.alloc(0)],
      [false, Buffer.from([3])],
      [false, Buffer.alloc(256, 7)],
      [false, Buffer.from([2]), Buffer.from([2])],
      [false, Buffer.from([2]), Buffer.alloc(256, 7)],
      [false, Buffer.from([2]), `${SECRET}\0`],
    ];
    for (const [isSecure, ...payloads] of rows) {
      const login = await clientLogin({ isSecure });
      login.begin(claim(right));
      const steps = payloads.map((payload) => login.feed(Buffer.from(payload as string)));
      assert.deepEqual(steps.at(-1), { refused: DENIED });
    }
    const switched = await clientLogin();
    switched.begin(claim(right, 'mysql_native_password'));
    assert.deepEqual(switched.feed(Buffer.alloc(20, 1)), { refused: DENIED });
  });

  it('is refused where it cannot be asked for its password', async () => {
    const step = (await clientLogin({ key: undefined })).begin(claim(right));
    assert.ok('refused' in step && step.refused.errno === 2061);
    assert.match(
      step.refused.message,
      /'caching_sha2_password' reported error: Authentication requires secure connection/,
    );
  });

  it('may send anything: it is refused, or asked on, and never for long', async () => {
    const key = await theKey();
    const payloads = fc.oneof(
      fc.constantFrom(Buffer.from([2]), Buffer.alloc(256, 3), Buffer.from(`${SECRET}\0`), right, Buffer.alloc(0)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    );
    const claims = fc.record({
      user: fc.string(),
      answer: payloads,
      plugin: fc.option(fc.constantFrom(CLIENT_PLUGIN, 'mysql_native_password', '', 'x'), { nil: undefined }),
      capabilities: fc.constantFrom(OFFERED, (OFFERED & ~Capability.PLUGIN_AUTH) >>> 0),
    });
    const options = fc.record({
      isSecure: fc.boolean(),
      isChange: fc.boolean(),
      key: fc.constantFrom(key, undefined),
      known: fc.constantFrom(
        known,
        () => undefined,
        () => ({ provesSha2: () => undefined, provesNative: () => secret }),
      ),
    });
    fc.assert(
      fc.property(claims, options, fc.array(payloads, { minLength: 5, maxLength: 5 }), (said, given, sent) => {
        const login = new ClientLogin({ scramble, host: 'h', ...given });
        const steps = [login.begin(said)];
        const isOver = (step: LoginStep): boolean => !('send' in step) || step.proven !== undefined;
        for (const payload of sent) if (!isOver(steps.at(-1)!)) steps.push(login.feed(payload));
        assert.ok(steps.length <= 4 && isOver(steps.at(-1)!));
        assert.throws(() => login.feed(sent[0]!), WireError);
        assert.throws(() => login.begin(said), WireError);
        assert.ok(!inspect([login, steps], { depth: 9 }).includes(SECRET) || said.user.includes(SECRET));
      }),
      fuzzing(),
    );
  });
});

const greeting = (plugin: string): ConstructorParameters<typeof ServerLogin>[0] => ({
  version: '8.0.0',
  threadId: 1,
  capabilities: ASKED,
  charset: 45,
  status: 2,
  scramble,
  plugin,
});

const account = (isSecure = false): ConstructorParameters<typeof ServerLogin>[1] => ({
  user: 'app',
  password: Password.of(SECRET),
  charset: 45,
  capabilities: ASKED,
  attributes: {},
  isSecure,
});

describe('a login at a server', () => {
  it('begins with the plugin of the greeting, or with one that is known', () => {
    for (const [plugin, first, length] of [
      ['mysql_native_password', 'mysql_native_password', 20],
      [CLIENT_PLUGIN, CLIENT_PLUGIN, 32],
      ['client_ed25519', 'client_ed25519', 64],
      ['sha256_password', 'sha256_password', 1],
      ['dialog', 'mysql_native_password', 20],
      ['mysql_clear_password', 'mysql_native_password', 20],
    ] as const) {
      const response = decodeHandshakeResponse(new ServerLogin(greeting(plugin), account()).first());
      assert.deepEqual([response.plugin, response.answer.length], [first, length]);
    }
  });

  it('names its database, and announces that it does', () => {
    for (const database of [undefined, 'shop']) {
      const login = new ServerLogin(greeting(CLIENT_PLUGIN), { ...account(), database });
      assert.equal(decodeHandshakeResponse(login.first()).database, database);
      assert.equal((login.capabilities & Capability.CONNECT_WITH_DB) !== 0, database !== undefined);
    }
  });

  it('tells which plugins it knows, to a server that wants another', () => {
    const login = new ServerLogin(greeting(CLIENT_PLUGIN), account());
    login.first();
    const { error } = login.feed(encodeAuthSwitch({ plugin: 'auth_gssapi_client', scramble }));
    assert.equal(error?.errno, 2059);
    assert.match(error.message, /'auth_gssapi_client' cannot be loaded: known are mysql_native_password, caching_sha2/);
    const old = new ServerLogin(greeting(CLIENT_PLUGIN), account());
    assert.match(old.feed(Buffer.from([0xfe])).error!.message, /'mysql_old_password' cannot be loaded/);
  });

  it('sends the password as it is only where nobody else can read it', () => {
    const wants = encodeAuthSwitch({ plugin: 'mysql_clear_password', scramble: Buffer.alloc(0) });
    const open = new ServerLogin(greeting(CLIENT_PLUGIN), account(false));
    assert.match(open.feed(wants).error!.message, /'mysql_clear_password'.*needs TLS or a UNIX socket/);
    const secure = new ServerLogin(greeting(CLIENT_PLUGIN), account(true));
    assert.deepEqual(secure.feed(wants), { send: Buffer.from(`${SECRET}\0`) });
  });

  it('ends with what the server says', () => {
    const refusal = { errno: 1045, sqlState: '28000', message: 'no' };
    for (const [payload, step] of [
      [Buffer.from([0, 0, 0, 2, 0, 0, 0]), { done: true }],
      [encodeError(refusal), { error: refusal }],
    ] as const) {
      const login = new ServerLogin(greeting(CLIENT_PLUGIN), account());
      assert.deepEqual(login.feed(payload), step);
      assert.throws(() => login.feed(payload), WireError);
    }
  });

  it('takes anything a server sends for a step, for the end, or for no login; and nobody else learns the password', async () => {
    const pem = (await theKey()).pem;
    const plugins = fc.constantFrom('mysql_native_password', CLIENT_PLUGIN, 'sha256_password', 'client_ed25519', 'x');
    const anyBytes = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
    const payloads = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.tuple(plugins, anyBytes).map(([plugin, data]) => encodeAuthSwitch({ plugin, scramble: data })),
      },
      { weight: 3, arbitrary: fc.constantFrom(FAST, FULL, encodeMoreData(pem), encodeMoreData(Buffer.from('no key'))) },
      {
        weight: 1,
        arbitrary: fc.constant(encodeAuthSwitch({ plugin: 'mysql_clear_password', scramble: Buffer.alloc(0) })),
      },
      { weight: 2, arbitrary: anyBytes },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom(0xfe, 1, 0xff), anyBytes)
          .map(([first, rest]) => Buffer.concat([Buffer.of(first), rest])),
      },
    );
    fc.assert(
      fc.property(plugins, fc.array(payloads, { minLength: 9, maxLength: 9 }), (plugin, sent) => {
        const login = new ServerLogin(greeting(plugin), account());
        const out = [login.first()];
        let isOver = false;
        for (const payload of sent) {
          if (isOver) break;
          const step = stepOrEnd(() => login.feed(payload));
          isOver = step === undefined || step.done === true || step.error !== undefined;
          if (step?.send !== undefined) out.push(step.send);
          assert.ok(!inspect([login, step], { depth: 9 }).includes(SECRET));
        }
        assert.ok(isOver);
        for (const bytes of out) assert.ok(!bytes.includes(SECRET));
      }),
      fuzzing(),
    );
  });
});

function stepOrEnd(feed: () => ServerStep): ServerStep | undefined {
  try {
    return feed();
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
    assert.ok(!inspect(error).includes(SECRET));
    return undefined;
  }
}
