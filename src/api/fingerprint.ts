import { createHash } from 'node:crypto';

// Options are not nested as deeply as this; anything below it belongs to an unrelated object that an option refers to.
const DEEPEST = 6;

/**
 * A digest that is equal for equivalent options and reveals nothing about them. Functions are compared by their source
 * text, because a module that is loaded again has new function objects. Of class instances only the class counts, and
 * properties that are not enumerable are ignored.
 */
export const fingerprint = (options: unknown): string =>
  createHash('sha256').update(written(options, [])).digest('base64');

function written(value: unknown, within: readonly object[]): string {
  if (typeof value === 'function') return Function.prototype.toString.call(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (within.length >= DEEPEST || within.includes(value)) return '…';
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (value instanceof Date || value instanceof RegExp || value instanceof URL) return String(value);
  if (!isPlain(value)) return String((read(value, 'constructor') as { readonly name?: unknown } | undefined)?.name);
  const inside = [...within, value];
  const parts = Object.keys(value)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}: ${written(read(value, name), inside)}`);
  return `${Array.isArray(value) ? 'list' : ''}{ ${parts.join(', ')} }`;
}

/** Other objects, such as sockets, are not walked through: they may refer to half of the process. */
function isPlain(value: object): boolean {
  const prototype: unknown = Reflect.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

/** Reads a property; some getters do work and throw. */
function read(object: object, name: string): unknown {
  try {
    return Reflect.get(object, name) as unknown;
  } catch {
    return undefined;
  }
}
