import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * A password, or what is left of one that nobody told: its SHA-1, which is all that mysql_native_password needs. It is in
 * private fields, so that neither printing nor JSON shows anything of it, whatever it is a part of.
 */
export class Password {
  readonly #bytes: Buffer | undefined;
  readonly #sha1: Buffer | undefined;

  private constructor(bytes: Buffer | undefined, sha1: Buffer | undefined) {
    this.#bytes = bytes;
    this.#sha1 = sha1;
  }

  /** Text is taken as UTF-8. Bytes are copied: a packet's buffer is used again. */
  static of(password: string | Uint8Array): Password {
    return new Password(Buffer.from(password as string), undefined);
  }

  /** Only the SHA-1 of it is known, 20 bytes. */
  static ofSha1(sha1: Uint8Array): Password {
    return new Password(undefined, Buffer.from(sha1));
  }

  get isEmpty(): boolean {
    return this.#bytes?.length === 0;
  }

  /** In bytes. */
  get length(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Its bytes, for what logs in with them; undefined when only its SHA-1 is known. */
  reveal(): Buffer | undefined {
    return this.#bytes;
  }

  /** Its SHA-1, which is as good as the password to a server that uses mysql_native_password. */
  sha1(): Buffer {
    return this.#sha1 ?? createHash('sha1').update(this.#bytes!).digest();
  }

  /** Takes as long whether it is right or wrong. */
  equals(other: Password): boolean {
    return this === other || timingSafeEqual(this.sha1(), other.sha1());
  }
}
