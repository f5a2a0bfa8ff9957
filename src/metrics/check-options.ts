import { checks, shown, type Check } from '../pool/index.js';

/** @throws TypeError for an unknown option, and for a wrong value */
export function checkOptions(of: string, given: unknown, known: Readonly<Record<string, Check>>): void {
  const fault = checks.faultInOptions(given, known, of);
  if (fault !== undefined) throw new TypeError(fault.message);
}

/** Accepts an object that has the method; with `none`, also `false`, which turns the feature off. */
export const having = (method: string, expected: string, none?: 'or false'): Check => [
  none === undefined ? expected : `${expected} ${none}`,
  (value) =>
    (none !== undefined && value === false) ||
    typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === 'function',
  (value) => (typeof value === 'object' && value !== null ? `an object without ${method}()` : shown(value)),
];

/** Accepts any value: `checkPools` checks the pools one by one later. */
export const anyPools: Check = ['a list of pools', () => true];
