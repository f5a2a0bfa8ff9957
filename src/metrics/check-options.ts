import { checks, shown, type Check } from '../pool/index.js';

/** @throws TypeError for an unknown option, and for a wrong value */
export function checkOptions(of: string, given: unknown, known: Readonly<Record<string, Check>>): void {
  const fault = checks.faultInOptions(given, known, of);
  if (fault !== undefined) throw new TypeError(fault.message);
}

/** What has such a method; with `none`, false stands for none. */
export const having = (method: string, expected: string, none?: 'or false'): Check => [
  none === undefined ? expected : `${expected} ${none}`,
  (value) =>
    (none !== undefined && value === false) ||
    typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === 'function',
  (value) => (typeof value === 'object' && value !== null ? `an object without ${method}()` : shown(value)),
];

/** Pools are looked at one by one, by `checkPools`. */
export const anyPools: Check = ['a list of pools', () => true];
