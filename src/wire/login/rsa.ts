/** Passwords over an insecure connection: mixed with the scramble and encrypted with the server's RSA key. */
import { constants, createPublicKey, generateKeyPair, privateDecrypt, publicEncrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Password } from './password.js';

const padding = constants.RSA_PKCS1_OAEP_PADDING;

/** Longest public key in characters of PEM: a malicious server could send one that takes seconds to use. */
const LONGEST_PEM = 8_192;

/** XORs the scramble in, so that a recorded answer cannot be used again. Applied twice, it restores the bytes. */
function mix(bytes: Buffer, scramble: Buffer): Buffer {
  const mixed = Buffer.from(bytes);
  for (let at = 0; at < mixed.length; at++) mixed[at]! ^= scramble[at % scramble.length]!;
  return mixed;
}

/**
 * The encrypted password, as a client sends it. Undefined if `publicKey` is not an RSA key, or too small for the length
 * of the password.
 */
export function encryptPassword(password: Buffer, scramble: Buffer, publicKey: string): Buffer | undefined {
  if (publicKey.length > LONGEST_PEM) return undefined;
  try {
    return publicEncrypt(
      { key: createPublicKey(publicKey), padding },
      mix(Buffer.concat([password, Buffer.alloc(1)]), scramble),
    );
  } catch {
    return undefined;
  }
}

/** The RSA key pair of a gateway. Each process generates its own, so that no secret has to be kept on disk. */
export class RsaKey {
  readonly #privateKey: KeyObject;
  /** The public key in PEM, as it is sent to clients. */
  readonly pem: Buffer;

  private constructor(publicKey: KeyObject, privateKey: KeyObject) {
    this.#privateKey = privateKey;
    this.pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  }

  /** Generates a key of 2048 bits, as the servers do. That takes some 100 ms, outside the event loop. */
  static async generate(): Promise<RsaKey> {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    return new RsaKey(publicKey, privateKey);
  }

  /** Length of an encrypted password, in bytes. */
  get length(): number {
    return (this.#privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  }

  /** The password that a client has encrypted; undefined for bytes that are not one. */
  decrypt(encrypted: Buffer, scramble: Buffer): Password | undefined {
    try {
      return clearPassword(mix(privateDecrypt({ key: this.#privateKey, padding }, encrypted), scramble));
    } catch {
      return undefined;
    }
  }
}

/** Reads a password as it is sent in clear: followed by a NUL, with none inside. Undefined for any other bytes. */
export function clearPassword(payload: Buffer): Password | undefined {
  return payload.indexOf(0) === payload.length - 1 && payload.length > 0
    ? Password.of(payload.subarray(0, -1))
    : undefined;
}
