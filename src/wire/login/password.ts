import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * A password, or only its SHA-1 if the password itself is not known; mysql_native_password needs no more than that. It
 * is kept in private fields, so that neither logging nor JSON can reveal it, also as a part of another object.
 */
export class Password {
  readonly #bytes: Buffer | undefined;
  readonly #sha1: Buffer | undefined;

  private constructor(bytes: Buffer | undefined, sha1: Buffer | undefined) {
    this.#bytes = bytes;
    this.#sha1 = sha1;
  }

  /** Text is encoded as UTF-8. Bytes are copied, as the buffer of a packet is used again. */
  static of(password: string | Uint8Array): Password {
    return new Password(Buffer.from(password as string), undefined);
  }

  /** A password of which only the SHA-1 (20 bytes) is known. */
  static ofSha1(sha1: Uint8Array): Password {
    return new Password(undefined, Buffer.from(sha1));
  }

  get isEmpty(): boolean {
    return this.#bytes?.length === 0;
  }

  /** In bytes; 0 if only the SHA-1 is known. */
  get length(): number {
    return this.#bytes?.length ?? 0;
  }

  /** The bytes of the password, to log in with; undefined if only its SHA-1 is known. */
  reveal(): Buffer | undefined {
    return this.#bytes;
  }

  /** The SHA-1, which is a secret as well: it suffices to log in under mysql_native_password. */
  sha1(): Buffer {
    return this.#sha1 ?? createHash('sha1').update(this.#bytes!).digest();
  }

  /** Compares in constant time. */
  equals(other: Password): boolean {
    return this === other || timingSafeEqual(this.sha1(), other.sha1());
  }
}
