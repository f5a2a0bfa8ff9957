/**
 * How a password is shown to be known without being sent: mysql_native_password (SHA-1) and the fast part of
 * caching_sha2_password (SHA-256). The scramble is the 20 random bytes of the server's greeting.
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

/** Both are of one length. */
function xor(left: Buffer, right: Buffer): Buffer {
  const mixed = Buffer.allocUnsafe(left.length);
  for (let at = 0; at < left.length; at++) mixed[at] = left[at]! ^ right[at]!;
  return mixed;
}

/** A new scramble. Clients take it for text that ends with a NUL, and some for one that a '$' ends. */
export function newScramble(): Buffer {
  const scramble = randomBytes(SCRAMBLE_LENGTH);
  for (let at = 0; at < scramble.length; at++) {
    let byte = scramble[at]! & 0x7f;
    while (byte === 0 || byte === 0x24) byte = randomBytes(1)[0]! & 0x7f;
    scramble[at] = byte;
  }
  return scramble;
}

/** What a client answers under mysql_native_password: nothing for an empty password, else 20 bytes. */
export function nativeAnswer(password: Password, scramble: Buffer): Buffer {
  if (password.isEmpty) return EMPTY;
  const sha1 = password.sha1();
  return xor(sha1, hashOf('sha1', scramble, hashOf('sha1', sha1)));
}

/** What a server keeps of a password under mysql_native_password: 20 bytes, SHA1(SHA1(password)). */
export function nativeHash(password: Password): Buffer {
  return hashOf('sha1', password.sha1());
}

/** Whether the answer was made with the password of that hash: then its SHA-1, which the answer has given away. */
export function sha1Of(hash: Buffer, scramble: Buffer, answer: Buffer): Buffer | undefined {
  if (answer.length !== 20) return undefined;
  const sha1 = xor(answer, hashOf('sha1', scramble, hash));
  return timingSafeEqual(hashOf('sha1', sha1), hash) ? sha1 : undefined;
}

/** What a client answers first under caching_sha2_password: nothing for an empty password, else 32 bytes. */
export function sha2Answer(password: Buffer, scramble: Buffer): Buffer {
  if (password.length === 0) return EMPTY;
  const sha256 = hashOf('sha256', password);
  return xor(sha256, hashOf('sha256', hashOf('sha256', sha256), scramble));
}

/** What a server keeps in memory of a password under caching_sha2_password: 32 bytes, SHA256(SHA256(password)). */
export function sha2Digest(password: Buffer): Buffer {
  return hashOf('sha256', hashOf('sha256', password));
}

/** Whether the answer was made with the password of that digest. */
export function provesSha2(digest: Buffer, scramble: Buffer, answer: Buffer): boolean {
  if (answer.length !== 32) return false;
  const sha256 = xor(answer, hashOf('sha256', digest, scramble));
  return timingSafeEqual(hashOf('sha256', sha256), digest);
}
