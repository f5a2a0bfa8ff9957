/** What is written is read again as it was, and any other bytes are a WireError at worst. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ASKED,
  Capability,
  OFFERED,
  Status,
  WireError,
  answerOf,
  Command,
  decodeAuthSwitch,
  decodeChangeUser,
  decodeEof,
  decodeError,
  decodeGreeting,
  decodeHandshakeResponse,
  decodeOk,
  decodeSessionChange,
  decodeTextRow,
  encodeAuthSwitch,
  encodeChangeUser,
  encodeEof,
  encodeError,
  encodeGreeting,
  encodeHandshakeResponse,
  encodeMoreData,
  encodeOk,
  encodeSslRequest,
  FieldReader,
  FieldWriter,
  isSslRequest,
  moreDataIn,
  type HandshakeResponse,
} from '#internal/wire/index.js';

const bytes = (constraints: fc.IntArrayConstraints = {}): fc.Arbitrary<Buffer> =>
  fc.uint8Array(constraints).map((array) => Buffer.from(array));
/** Text as it may be in a string that ends at a zero byte. */
const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0') && !value.includes('\uFFFD'));
const someText = text.filter((value) => value !== '');
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, item: unknown) => plainItem(item)));
const plainItem = (item: unknown): unknown => (typeof item === 'bigint' ? `${item}n` : item);

const integers = fc.oneof(
  fc.constantFrom(0, 250, 251, 255, 65_535, 65_536, 16_777_215, 16_777_216, 2 ** 53 - 1),
  fc.maxSafeNat(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
);

describe('fields', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(integers, bytes(), text, fc.nat(255), (integer, blob, word, byte) => {
        const written = new FieldWriter().byte(byte).integer(integer).prefixed(blob).terminated(word).bytes(blob).end();
        const fields = new FieldReader(written);
        assert.equal(fields.byte(), byte);
        assert.equal(fields.integer(), integer);
        assert.deepEqual(fields.prefixed(), blob);
        assert.equal(fields.terminated().toString(), word);
        assert.deepEqual(fields.rest(), blob);
        assert.equal(fields.left, 0);
      }),
    );
  });

  it('stop at their end, not at that of the buffer', () => {
    const fields = new FieldReader(Buffer.from('abc\0'), 0, 3);
    assert.throws(() => fields.terminated(), WireError);
    assert.equal(fields.terminatedOrRest().toString(), 'abc');
    assert.throws(() => fields.byte(), /ends 1 bytes too early/);
    assert.throws(() => new FieldReader(Buffer.of(0xfe, 1, 0, 0, 0, 0, 0, 0, 0x80)).prefixed(), WireError);
    assert.throws(() => new FieldReader(Buffer.of(0xfb)).integer(), WireError);
    assert.throws(() => new FieldReader(Buffer.of(0xff)).integer(), WireError);
  });
});

const responses: fc.Arbitrary<HandshakeResponse> = fc.record({
  capabilities: fc.constantFrom(
    OFFERED,
    (OFFERED & ~Capability.PLUGIN_AUTH_LENENC) >>> 0,
    (OFFERED & ~(Capability.PLUGIN_AUTH_LENENC | Capability.CONNECT_ATTRS)) >>> 0,
    (OFFERED | Capability.REMEMBER_OPTIONS) >>> 0,
  ),
  maxPacket: fc.nat(),
  charset: fc.nat(255),
  user: text,
  answer: bytes({ maxLength: 200 }),
  database: fc.option(someText, { nil: undefined }),
  plugin: fc.option(fc.constantFrom('mysql_native_password', 'caching_sha2_password'), { nil: undefined }),
  attributes: fc.dictionary(text, text),
});

describe('a login', () => {
  it('begins with a greeting that is read as it was written', () => {
    const greetings = fc.record({
      version: someText,
      threadId: fc.nat(),
      capabilities: fc.nat().map((bits) => (bits | Capability.PROTOCOL_41 | Capability.PLUGIN_AUTH) >>> 0),
      charset: fc.nat(255),
      status: fc.nat(65_535),
      scramble: bytes({ minLength: 20, maxLength: 20 }),
      plugin: fc.constantFrom('mysql_native_password', 'caching_sha2_password'),
    });
    fc.assert(
      fc.property(greetings, (greeting) =>
        assert.deepEqual(plain(decodeGreeting(encodeGreeting(greeting))), plain(greeting)),
      ),
    );
  });

  it('goes on with a response, of which only what its capabilities announce is sent', () => {
    fc.assert(
      fc.property(responses, (response) => {
        const decoded = decodeHandshakeResponse(encodeHandshakeResponse(response));
        const hasAttributes = (response.capabilities & Capability.CONNECT_ATTRS) !== 0;
        assert.deepEqual(plain(decoded), plain({ ...response, attributes: hasAttributes ? response.attributes : {} }));
      }),
    );
  });

  it('of a client without plugins and with an answer that ends at a zero byte is understood', () => {
    const capabilities = Capability.PROTOCOL_41;
    const response: HandshakeResponse = {
      capabilities,
      maxPacket: 1,
      charset: 33,
      user: 'me',
      answer: Buffer.from('x'),
      database: undefined,
      plugin: undefined,
      attributes: {},
    };
    assert.deepEqual(decodeHandshakeResponse(encodeHandshakeResponse(response)), response);
    assert.throws(() => decodeHandshakeResponse(Buffer.alloc(40)), /older than MySQL 4.1/);
  });

  it('asks for TLS with the beginning of its response', () => {
    fc.assert(
      fc.property(responses, (response) => {
        const request = encodeSslRequest({ ...response, capabilities: response.capabilities | Capability.SSL });
        assert.equal(isSslRequest(request), true);
        assert.equal(isSslRequest(encodeHandshakeResponse(response)), false);
      }),
    );
  });

  it('may be repeated on the connection', () => {
    fc.assert(
      fc.property(responses, fc.nat(65_535), (response, charset) => {
        const { user, answer, database, plugin } = response;
        const change = { user, answer, database, plugin, charset, attributes: response.attributes };
        assert.deepEqual(plain(decodeChangeUser(encodeChangeUser(change, ASKED), ASKED)), plain(change));
      }),
    );
  });

  it('of which user and database are in a one-byte character set has their letters', () => {
    const response = Buffer.from(
      encodeHandshakeResponse({
        capabilities: Capability.PROTOCOL_41 | Capability.SECURE_CONNECTION,
        maxPacket: 0,
        charset: 8,
        user: 'Zoe',
        answer: Buffer.alloc(0),
        database: undefined,
        plugin: undefined,
        attributes: {},
      }),
    );
    response[34] = 0xeb;
    assert.equal(decodeHandshakeResponse(response).user, 'Zoë'.normalize('NFC'));
  });

  it('may be asked for another plugin, and told more', () => {
    const scramble = Buffer.alloc(20, 1);
    for (const data of [scramble, Buffer.alloc(32, 2), Buffer.alloc(0)]) {
      const asked = { plugin: 'caching_sha2_password', scramble: data };
      assert.deepEqual(decodeAuthSwitch(encodeAuthSwitch(asked)), asked);
    }
    assert.equal(encodeAuthSwitch({ plugin: 'p', scramble }).length, 1 + 2 + 21);
    assert.equal(decodeAuthSwitch(Buffer.of(0xfe)).plugin, 'mysql_old_password');
    assert.deepEqual(moreDataIn(encodeMoreData(Buffer.of(4))), Buffer.of(4));
    assert.equal(moreDataIn(Buffer.of(0)), undefined);
  });
});

/** A letter for each byte. */
const letters = bytes({ maxLength: 30 }).map((array) => array.toString('latin1'));
const changes = fc.record({
  schema: fc.option(letters, { nil: null }),
  variables: fc.dictionary(letters, letters),
  isStateChanged: fc.boolean(),
  transactionState: fc.option(fc.constantFrom('T_______', '________'), { nil: undefined }),
  transactionText: fc.option(letters, { nil: undefined }),
});
const oks = fc.record({
  affectedRows: integers,
  insertId: integers,
  status: fc.nat(65_535).map((status) => status & ~Status.SESSION_STATE_CHANGED),
  warnings: fc.nat(65_535),
  info: bytes(),
  change: fc.option(changes, { nil: undefined }),
});

describe('an OK', () => {
  it('is read as it was written, with trackers and without', () => {
    fc.assert(
      fc.property(oks, fc.constantFrom<0 | 0xfe>(0, 0xfe), fc.boolean(), (ok, header, tracks) => {
        const capabilities = tracks ? ASKED : (ASKED & ~Capability.SESSION_TRACK) >>> 0;
        const encoded = encodeOk(ok, capabilities, header);
        const surrounded = Buffer.concat([Buffer.of(1, 2, 3), encoded, Buffer.of(4)]);
        const decoded = decodeOk(surrounded, 3, 3 + encoded.length, capabilities);
        const change = tracks ? ok.change : undefined;
        // A change that tells nothing is an empty block.
        const isEmpty =
          change !== undefined &&
          change.schema === null &&
          Object.keys(change.variables).length === 0 &&
          !change.isStateChanged &&
          change.transactionState === undefined &&
          change.transactionText === undefined;
        const told = isEmpty ? undefined : change;
        const status = ok.status | (change === undefined ? 0 : Status.SESSION_STATE_CHANGED);
        assert.deepEqual(plain(decoded), plain({ ...ok, status, change: told }));
      }),
    );
  });

  it('has the bytes that the servers send', () => {
    const said = '0000000240000022' + '000a0873716c5f6d6f646500' + '00110974696d655f7a6f6e65062b30313a3030' + '020131';
    const ok = decodeOk(Buffer.from(said.replace('00000002400000', '00000002400000' + '00'), 'hex'), 0, 43, ASKED);
    assert.deepEqual({ ...ok.change?.variables }, { sql_mode: '', time_zone: '+01:00' });
    assert.equal(ok.change?.isStateChanged, true);
    assert.equal(encodeOk(ok, ASKED, 0).toString('hex'), said.replace('00000002400000', '0000000240000000'));
    // MySQL says after ANALYZE TABLE that something changed, and nothing more.
    assert.equal(decodeOk(Buffer.from('000000024000000000', 'hex'), 0, 9, ASKED).change, undefined);
    assert.equal(decodeOk(Buffer.from('00000002000000', 'hex'), 0, 7, ASKED).info.length, 0);
  });

  it('may be an EOF', () => {
    assert.equal(encodeEof(3, 0x22).toString('hex'), 'fe03002200');
    assert.deepEqual(plain(decodeEof(encodeEof(3, 0x22))), plain({ ...decodeEof(encodeEof(3, 0x22)), warnings: 3 }));
    assert.equal(decodeEof(encodeEof(3, 0x22)).status, 0x22);
  });
});

describe('an ERR', () => {
  it('is read as it was written', () => {
    const errors = fc.record({
      errno: fc.nat(65_535),
      sqlState: fc.constantFrom('', '42000', 'HY000'),
      message: text.filter((message) => !message.startsWith('#')),
    });
    fc.assert(fc.property(errors, (error) => assert.deepEqual(plain(decodeError(encodeError(error))), plain(error))));
  });
});

describe('any bytes', () => {
  const decoders: Record<string, (payload: Buffer) => unknown> = {
    greeting: decodeGreeting,
    'handshake response': decodeHandshakeResponse,
    'change of user': (payload) => decodeChangeUser(payload, ASKED),
    'request for another plugin': decodeAuthSwitch,
    error: decodeError,
    'text row': decodeTextRow,
    OK: (payload) => decodeOk(payload, 0, payload.length, ASKED),
    'OK without trackers': (payload) => decodeOk(payload, 0, payload.length, Capability.PROTOCOL_41),
    EOF: decodeEof,
    'session change': (payload) => decodeSessionChange(payload, 0, payload.length),
  };
  for (const [name, decode] of Object.entries(decoders)) {
    it(`as ${name} are read, or are a WireError`, () => {
      const starts = fc.constantFrom('', '00', '0a', 'fe', 'ff', '11', '8da60f00', '000000024000');
      fc.assert(
        fc.property(starts, bytes({ maxLength: 200 }), (start, rest) => {
          try {
            decode(Buffer.concat([Buffer.from(start, 'hex'), rest]));
          } catch (error) {
            assert.ok(error instanceof WireError, String(error));
            assert.equal(error.code, 'MYSQLPOOL_WIRE');
          }
        }),
        { numRuns: 300 },
      );
    });
  }
});

describe('commands', () => {
  it('have an answer of a known kind', () => {
    assert.equal(answerOf(Command.QUERY), 'query');
    assert.equal(answerOf(Command.STMT_CLOSE), 'none');
    assert.equal(answerOf(0xee), 'simple');
    assert.ok(ASKED > 0 && OFFERED > 0);
    assert.equal(OFFERED & Capability.QUERY_ATTRIBUTES, 0);
  });
});
