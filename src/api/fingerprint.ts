import { createHash } from 'node:crypto';

// Deeper than options go; what has more below it is something else that hangs on them.
const DEEPEST = 6;

/**
 * A short text that is the same for options that say the same, and from which nothing can be read. Functions count by
 * their text: those of a module that is loaded again are others. Of an object of a class only the class counts. What is not
 * enumerable does not count.
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

/** Anything else, such as a socket, may refer to half of the process. */
function isPlain(value: object): boolean {
  const prototype: unknown = Reflect.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

/** Some look up what they have only when they are asked, and fail. */
function read(object: object, name: string): unknown {
  try {
    return Reflect.get(object, name) as unknown;
  } catch {
    return undefined;
  }
}
