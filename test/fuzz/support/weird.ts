import fc from 'fast-check';

/** Part of every password in the fuzz tests: it must not occur in any message. */
export const SECRET = 'S3cr3t-Pa55';

/** How often each property is tried: MYSQLPOOL_FUZZ_RUNS times. @default 300 */
export const RUNS: number = Number(process.env['MYSQLPOOL_FUZZ_RUNS'] ?? 300);

/** Parameters for `fc.assert`. A failure prints the seed; set MYSQLPOOL_FUZZ_SEED to it to repeat the run. */
export function fuzzing(): { readonly numRuns: number; readonly seed?: number } {
  const seed = process.env['MYSQLPOOL_FUZZ_SEED'];
  return seed === undefined ? { numRuns: RUNS } : { numRuns: RUNS, seed: Number(seed) };
}

/** Objects that cannot be converted to a string: code that puts them into a message carelessly throws. */
const unprintable: fc.Arbitrary<object> = fc.constantFrom<object>(
  Object.create(null) as object,
  {
    toString(): never {
      throw new Error('no text');
    },
  },
  { [Symbol.toPrimitive]: () => ({}) },
  new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : () => Object.create(null) as object) }),
);

/** Values that a user may pass by mistake. */
export const weird: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, false, 0, -0, -1, 1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 10n),
  fc.constantFrom<unknown>('', '0', '10', 'auto', 'always', 'lifo', 'QueuePool', 'true', ' ', '\0', '\u202E', 'NaN'),
  fc.constantFrom<unknown>(Symbol('s'), () => undefined, class {}, new Date(NaN), /x/, new Error('x'), [], {}, [[]]),
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withSet: true }),
  fc.double(),
  fc.integer(),
  fc.string(),
  unprintable,
);

/** A name with a missing, additional or wrong letter; sometimes unchanged. */
function misspelt(names: readonly string[]): fc.Arbitrary<string> {
  const change = fc.tuple(fc.constantFrom(...names), fc.nat(20), fc.constantFrom('', 'x', '_', 'E'));
  return change.map(([name, at, letter]) => name.slice(0, at) + letter + name.slice(at + 1));
}

/** Objects with these property names, some misspelt, and any values, some of them `likely` (plausible) ones. */
export function options(
  names: readonly string[],
  likely: fc.Arbitrary<unknown>,
): fc.Arbitrary<Record<string, unknown>> {
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...names) },
    { weight: 2, arbitrary: misspelt(names) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'then', '') },
    { weight: 1, arbitrary: fc.string() },
  );
  const value = fc.oneof({ weight: 2, arbitrary: likely }, { weight: 1, arbitrary: weird });
  return fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => {
    const object: Record<string, unknown> = {};
    for (const [key, item] of pairs) {
      Object.defineProperty(object, key, { value: item, enumerable: true, configurable: true, writable: true });
    }
    return object;
  });
}
