/** A password over a connection that others may read: encrypted with the server's RSA key, mixed with the scramble. */
import { constants, createPublicKey, generateKeyPair, privateDecrypt, publicEncrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Password } from './password.js';

const padding = constants.RSA_PKCS1_OAEP_PADDING;

/** A server may send any text for its key: one that costs seconds to work with is none. */
const LONGEST_PEM = 8_192;

/** Adding the scramble is what keeps a recorded answer from being used again; doing it twice takes it away. */
function mix(bytes: Buffer, scramble: Buffer): Buffer {
  const mixed = Buffer.from(bytes);
  for (let at = 0; at < mixed.length; at++) mixed[at]! ^= scramble[at % scramble.length]!;
  return mixed;
}

/**
 * What a client sends instead of its password. Undefined when the key is none, or too small for a password as long as
 * this one.
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

/** The key pair of a gateway. It is made anew by each process: nothing has to be kept secret on a disk. */
export class RsaKey {
  readonly #privateKey: KeyObject;
  /** The public half, as it is sent to clients. */
  readonly pem: Buffer;

  private constructor(publicKey: KeyObject, privateKey: KeyObject) {
    this.#privateKey = privateKey;
    this.pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  }

  /** 2048 bits, as the servers' own. It takes some 100 ms, but none of the event loop's. */
  static async generate(): Promise<RsaKey> {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    return new RsaKey(publicKey, privateKey);
  }

  /** How long an encrypted password is, in bytes. */
  get length(): number {
    return (this.#privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  }

  /** The password that a client has encrypted with the scramble; undefined for anything else. */
  decrypt(encrypted: Buffer, scramble: Buffer): Password | undefined {
    try {
      return clearPassword(mix(privateDecrypt({ key: this.#privateKey, padding }, encrypted), scramble));
    } catch {
      return undefined;
    }
  }
}

/** A password as it is sent when nobody else can read it: with a NUL behind it, and none in it. */
export function clearPassword(payload: Buffer): Password | undefined {
  return payload.indexOf(0) === payload.length - 1 && payload.length > 0
    ? Password.of(payload.subarray(0, -1))
    : undefined;
}
