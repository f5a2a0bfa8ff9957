import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

// Deeper than any settings go. Values below this depth are compared by identity.
const DEPTH = 8;

/**
 * Computes keys for values so that equal values have equal keys, whatever the order of their properties. Functions and
 * class instances are equal to themselves only. A key reveals nothing about its value: it is an HMAC with a secret of
 * this process.
 */
export class Canonical {
  readonly #secret = randomBytes(32);
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;

  keyOf(value: unknown): string {
    return createHmac('sha256', this.#secret).update(this.#text(value, DEPTH)).digest('hex');
  }

  #text(value: unknown, depth: number): string {
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value !== 'object' && typeof value !== 'function') return `${typeof value}:${inspect(value)}`;
    if (value === null) return 'null';
    if (Buffer.isBuffer(value)) return `bytes:${value.toString('base64')}`;
    if (depth > 0 && Array.isArray(value)) return `[${value.map((item) => this.#text(item, depth - 1)).join()}]`;
    if (depth === 0 || !isPlain(value)) return `#${this.#idOf(value)}`;
    const properties = Object.entries(value).filter(([, property]) => property !== undefined);
    const parts = properties.map(([name, property]) => `${JSON.stringify(name)}=${this.#text(property, depth - 1)}`);
    return `{${parts.toSorted().join()}}`;
  }

  #idOf(value: object): number {
    const id = this.#ids.get(value) ?? ++this.#lastId;
    this.#ids.set(value, id);
    return id;
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
