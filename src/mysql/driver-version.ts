import * as mysql2 from 'mysql2';
import { DriverTooOldError } from './errors.js';

/** The oldest version of mysql2 that has everything the package calls. */
export const OLDEST_DRIVER = '3.23.3';

/**
 * Refuses a mysql2 that is too old, before the first connection attempt fails with an error that explains nothing.
 * @param what the entry point that needs it, as its user calls it
 * @throws DriverTooOldError
 */
export function refuseOldDriver(what: string): void {
  const version = installedVersion();
  if (isTooOld(version, hasReset())) throw new DriverTooOldError(what, version, OLDEST_DRIVER);
}

/** Decides by the version number, or, if that is unknown as in some bundles, by whether `reset` exists. */
export function isTooOld(version: string | undefined, canReset: boolean): boolean {
  const found = version === undefined ? undefined : numbersOf(version);
  const oldest = numbersOf(OLDEST_DRIVER)!;
  if (found === undefined) return !canReset;
  const at = oldest.findIndex((number, index) => number !== found[index]);
  return at >= 0 && found[at]! < oldest[at]!;
}

function numbersOf(version: string): readonly number[] | undefined {
  const [, ...parts] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return parts.length === 3 ? parts.map(Number) : undefined;
}

function installedVersion(): string | undefined {
  try {
    return (require('mysql2/package.json') as { readonly version?: string }).version;
  } catch {
    // Version 2 does not export its package.json, and a bundle does not contain it.
    return undefined;
  }
}

function hasReset(): boolean {
  const { Connection } = mysql2 as unknown as { readonly Connection?: { readonly prototype?: { reset?: unknown } } };
  return typeof Connection?.prototype?.reset === 'function';
}
