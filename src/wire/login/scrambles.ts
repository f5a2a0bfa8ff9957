/**
 * Challenge-response authentication, which proves a password without sending it: mysql_native_password (SHA-1) and the
 * fast authentication of caching_sha2_password (SHA-256). The challenge is the scramble, 20 random bytes of the
 * server's greeting.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Password } from './password.js';

export const SCRAMBLE_LENGTH = 20;

const EMPTY = Buffer.alloc(0);

const hashOf = (algorithm: string, ...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Both must have the same length. */
function xor(left: Buffer, right: Buffer): Buffer {
  const mixed = Buffer.allocUnsafe(left.length);
  for (let at = 0; at < left.length; at++) mixed[at] = left[at]! ^ right[at]!;
  return mixed;
}

/** A new scramble, without NUL, at which clients would cut it off, and without '$', at which some would. */
export function newScramble(): Buffer {
  const scramble = randomBytes(SCRAMBLE_LENGTH);
  for (let at = 0; at < scramble.length; at++) {
    let byte = scramble[at]! & 0x7f;
    while (byte === 0 || byte === 0x24) byte = randomBytes(1)[0]! & 0x7f;
    scramble[at] = byte;
  }
  return scramble;
}

/** A client's answer under mysql_native_password: 20 bytes, or none for an empty password. */
export function nativeAnswer(password: Password, scramble: Buffer): Buffer {
  if (password.isEmpty) return EMPTY;
  const sha1 = password.sha1();
  return xor(sha1, hashOf('sha1', scramble, hashOf('sha1', sha1)));
}

/** The hash that a server stores under mysql_native_password: SHA1(SHA1(password)), 20 bytes. */
export function nativeHash(password: Password): Buffer {
  return hashOf('sha1', password.sha1());
}

/** The SHA-1 of the password, which a right answer reveals to whoever has `hash`; undefined if the answer is wrong. */
export function sha1Of(hash: Buffer, scramble: Buffer, answer: Buffer): Buffer | undefined {
  if (answer.length !== 20) return undefined;
  const sha1 = xor(answer, hashOf('sha1', scramble, hash));
  return timingSafeEqual(hashOf('sha1', sha1), hash) ? sha1 : undefined;
}

/** A client's first answer under caching_sha2_password: 32 bytes, or none for an empty password. */
export function sha2Answer(password: Buffer, scramble: Buffer): Buffer {
  if (password.length === 0) return EMPTY;
  const sha256 = hashOf('sha256', password);
  return xor(sha256, hashOf('sha256', hashOf('sha256', sha256), scramble));
}

/** The digest that a server caches under caching_sha2_password: SHA256(SHA256(password)), 32 bytes. */
export function sha2Digest(password: Buffer): Buffer {
  return hashOf('sha256', hashOf('sha256', password));
}

/** Whether the answer was computed from the password of that digest. */
export function provesSha2(digest: Buffer, scramble: Buffer, answer: Buffer): boolean {
  if (answer.length !== 32) return false;
  const sha256 = xor(answer, hashOf('sha256', digest, scramble));
  return timingSafeEqual(hashOf('sha256', sha256), digest);
}
