import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { ed25519Answer, ed25519PublicKey } from '#internal/wire/login/ed25519.js';
import { clearPassword, encryptPassword } from '#internal/wire/login/rsa.js';
import { nativeAnswer, sha2Answer } from '#internal/wire/login/scrambles.js';
import { nativeHash, newScramble, Password, provesSha2, RsaKey, sha1Of, sha2Digest } from '#internal/wire/index.js';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((array) => Buffer.from(array));
const scrambles = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((array) => Buffer.from(array));

describe('what shows that a password is known', () => {
  it('is taken for the right password and scramble, and for no others', () => {
    fc.assert(
      fc.property(bytes, bytes, scrambles, scrambles, (right, other, scramble, another) => {
        const hash = nativeHash(Password.of(right));
        const digest = sha2Digest(right);
        const answer = nativeAnswer(Password.of(right), scramble);
        assert.deepEqual(sha1Of(hash, scramble, answer), Password.of(right).sha1());
        assert.equal(provesSha2(digest, scramble, sha2Answer(right, scramble)), true);
        fc.pre(!right.equals(other) && !scramble.equals(another));
        assert.equal(sha1Of(hash, scramble, nativeAnswer(Password.of(other), scramble)), undefined);
        assert.equal(sha1Of(hash, another, answer), undefined);
        assert.equal(provesSha2(digest, scramble, sha2Answer(other, scramble)), false);
        assert.equal(provesSha2(digest, another, sha2Answer(right, scramble)), false);
      }),
    );
  });

  it('of another length proves nothing', () => {
    const scramble = newScramble();
    for (const length of [0, 1, 19, 20, 21, 31, 32, 33]) {
      assert.equal(sha1Of(nativeHash(Password.of('a')), scramble, Buffer.alloc(length)), undefined);
      assert.equal(provesSha2(sha2Digest(Buffer.from('a')), scramble, Buffer.alloc(length)), false);
    }
  });

  it('is nothing for no password', () => {
    assert.equal(nativeAnswer(Password.of(''), newScramble()).length, 0);
    assert.equal(sha2Answer(Buffer.alloc(0), newScramble()).length, 0);
  });

  it('needs only the SHA-1 where the plugin is the native one', () => {
    const scramble = newScramble();
    const whole = Password.of('secret');
    const part = Password.ofSha1(whole.sha1());
    assert.deepEqual(nativeAnswer(part, scramble), nativeAnswer(whole, scramble));
    assert.ok(part.equals(whole));
    assert.equal(part.reveal(), undefined);
    assert.equal(part.isEmpty, false);
  });

  it('is made of a hash as the servers write it', () => {
    // SELECT PASSWORD('secret') at MariaDB
    assert.equal(nativeHash(Password.of('secret')).toString('hex'), '14e65567abdb5135d0cfd9a70b3032c179a49ee7');
  });
});

describe('a scramble', () => {
  it('has 20 bytes, of which clients take none for an end', () => {
    for (let i = 0; i < 500; i++) {
      const scramble = newScramble();
      assert.equal(scramble.length, 20);
      assert.ok(scramble.every((byte) => byte > 0 && byte < 128 && byte !== 0x24));
    }
  });
});

describe('a password over a connection that others read', () => {
  it('comes out as it went in, with the same scramble only', async () => {
    const key = await RsaKey.generate();
    const pem = key.pem.toString();
    const texts = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(texts, scrambles, scrambles, (text, scramble, another) => {
        const sent = encryptPassword(Buffer.from(text), scramble, pem)!;
        assert.equal(sent.length, key.length);
        assert.equal(key.decrypt(sent, scramble)?.reveal()?.toString(), text);
        // Of a scramble only as much counts as the password is long, with its zero byte.
        const used = Math.min(Buffer.byteLength(text) + 1, scramble.length);
        const isSame = scramble.subarray(0, used).equals(another.subarray(0, used));
        assert.equal(key.decrypt(sent, another)?.reveal()?.toString() === text, isSame);
      }),
      { numRuns: 50 },
    );
    for (const length of [0, 1, 255, 256, 257])
      assert.equal(key.decrypt(randomBytes(length), newScramble()), undefined);
  });

  it('is not sent with a key that is none, or too small for it', async () => {
    const pem = (await RsaKey.generate()).pem.toString();
    const scramble = newScramble();
    assert.notEqual(encryptPassword(Buffer.alloc(213, 'x'), scramble, pem), undefined);
    assert.equal(encryptPassword(Buffer.alloc(214, 'x'), scramble, pem), undefined);
    assert.equal(encryptPassword(Buffer.from('x'), scramble, 'garbage'), undefined);
    assert.equal(encryptPassword(Buffer.from('x'), scramble, pem + 'x'.repeat(10_000)), undefined);
    const other = createPublicKey({ key: Buffer.concat([SPKI, ed25519PublicKey(Buffer.from('x'))]), ...DER_SPKI });
    assert.equal(
      encryptPassword(Buffer.from('x'), scramble, String(other.export({ type: 'spki', format: 'pem' }))),
      undefined,
    );
  });

  it('ends with its only zero byte', () => {
    assert.equal(clearPassword(Buffer.from('secret\0'))?.reveal()?.toString(), 'secret');
    assert.equal(clearPassword(Buffer.from('\0'))?.isEmpty, true);
    for (const text of ['', 'secret', 'sec\0ret\0', '\0\0']) assert.equal(clearPassword(Buffer.from(text)), undefined);
  });
});

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const DER_SPKI = { format: 'der', type: 'spki' } as const;
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

describe("a signature of MariaDB's client_ed25519", () => {
  it('is Ed25519, as anybody can verify it', () => {
    fc.assert(
      fc.property(bytes, bytes, (password, scramble) => {
        const answer = ed25519Answer(password, scramble);
        const key = createPublicKey({ key: Buffer.concat([SPKI, ed25519PublicKey(password)]), ...DER_SPKI });
        assert.equal(verify(null, scramble, key, answer), true);
        assert.equal(verify(null, Buffer.concat([scramble, Buffer.alloc(1)]), key, answer), false);
      }),
      { numRuns: 30 },
    );
  });

  it("is the standard's own for a password as long as a seed", () => {
    for (let i = 0; i < 20; i++) {
      const seed = randomBytes(32);
      const scramble = randomBytes(32);
      const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
      assert.deepEqual(ed25519Answer(seed, scramble), sign(null, scramble, key));
    }
  });

  it('fits the key that the server keeps', () => {
    // SELECT ed25519_password('secret') at MariaDB
    const stored = ed25519PublicKey(Buffer.from('secret')).toString('base64').slice(0, 43);
    assert.equal(stored, 'ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY');
  });
});

describe('a password in memory', () => {
  it('is shown by nothing that it is a part of', () => {
    for (const password of [Password.of('hunter2'), Password.ofSha1(Password.of('hunter2').sha1())]) {
      const error = Object.assign(new Error('wrong'), { password });
      const shown = [
        inspect({ password }, { depth: 9, showHidden: true }),
        JSON.stringify({ password }),
        inspect(error),
      ];
      shown.push(Object.keys(password).join(), JSON.stringify(error));
      for (const text of shown) {
        assert.ok(!text.includes('hunter2') && !text.includes('104, 117') && !text.includes('68 75 6e'), text);
        assert.ok(!text.includes(Password.of('hunter2').sha1().toString('hex').slice(0, 4)), text);
      }
    }
  });

  it('stays when the packet that it came in is used again', () => {
    const packet = Buffer.from('hunter2');
    const password = Password.of(packet);
    packet.fill(0);
    assert.equal(password.reveal()?.toString(), 'hunter2');
    assert.ok(password.equals(Password.of('hunter2')));
    assert.ok(!password.equals(Password.of('hunter3')));
  });
});
