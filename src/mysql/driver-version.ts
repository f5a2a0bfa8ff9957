import * as mysql2 from 'mysql2';
import { DriverTooOldError } from './errors.js';

/** The oldest mysql2 whose own calls are all that we need. */
export const OLDEST_DRIVER = '3.23.3';

/**
 * Refuses a mysql2 that lacks what we call, before the first dial fails with something that explains nothing.
 * @param what needs it, as its user calls it
 * @throws DriverTooOldError
 */
export function refuseOldDriver(what: string): void {
  const version = installedVersion();
  if (isTooOld(version, hasReset())) throw new DriverTooOldError(what, version, OLDEST_DRIVER);
}

/** By its version; where that cannot be told, as in some bundles, by what it can do. */
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
    // Not exported by version 2, and not there in a bundle.
    return undefined;
  }
}

function hasReset(): boolean {
  const { Connection } = mysql2 as unknown as { readonly Connection?: { readonly prototype?: { reset?: unknown } } };
  return typeof Connection?.prototype?.reset === 'function';
}
