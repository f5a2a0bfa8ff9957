import { didYouMean, shown } from '../pool/index.js';

/** @throws TypeError for options that are no object, and for one that there is not */
export function checkOptions(of: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`${of}: expected options, got ${shown(given)}`);
  }
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw new TypeError(`${of}: unknown option "${name}"${didYouMean(name, known)}`);
  }
}

/** @throws TypeError when an option has no such method */
export function checkMethod(of: string, option: string, given: unknown, method: string, expected: string): void {
  const found = (given as Readonly<Record<string, unknown>> | null | undefined)?.[method];
  if (typeof found !== 'function') {
    const what = typeof given === 'object' && given !== null ? `an object without ${method}()` : shown(given);
    throw new TypeError(`${of}: option "${option}": expected ${expected}, got ${what}`);
  }
}
