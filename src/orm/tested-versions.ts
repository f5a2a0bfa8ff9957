import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { ownFile } from './own-file.js';

/** An ORM for which there is an adapter. */
export interface TestedOrm {
  /** Its common name. */
  readonly name: string;
  readonly packageName: string;
  /** The full version numbers with which the adapter is tested. */
  readonly versions: readonly string[];
  /** Prefixes of the versions that are expected to behave the same: `1.`, `0.28.` */
  readonly lines: readonly string[];
}

const warned = new Set<string>();

/**
 * Warns once per process if the version of an ORM is not one that its adapter is tested with; the ORM is used
 * nevertheless. Does nothing if the version cannot be determined, as in a bundle.
 */
export function warnUnlessTested({ name, packageName, versions, lines }: TestedOrm, version?: string): void {
  const found = version ?? installedVersion(packageName);
  if (found === undefined || warned.has(packageName) || lines.some((line) => found.startsWith(line))) return;
  warned.add(packageName);
  const tested = versions.join(', ');
  process.emitWarning(`${name} ${found} is in use, but node-mysqlpool is tested with ${name} ${tested}`, {
    type: 'MysqlPoolWarning',
    code: 'MYSQLPOOL_ORM_VERSION',
    detail: 'It is expected to work. If something does not, tell us, with this version.',
  });
}

/** The version of the copy that the application resolves, otherwise of the one that this package resolves. */
function installedVersion(packageName: string): string | undefined {
  for (const place of [process.argv[1], join(process.cwd(), 'any.js'), ownFile]) {
    const version = place === undefined ? undefined : versionFrom(place, packageName);
    if (version !== undefined) return version;
  }
  return undefined;
}

/** Read from package.json by path, as most ORMs do not export it. */
function versionFrom(place: string, packageName: string): string | undefined {
  try {
    let folder = dirname(createRequire(resolve(place)).resolve(packageName));
    for (let depth = 0; depth < 20 && folder !== dirname(folder); depth++, folder = dirname(folder)) {
      const found = readPackage(join(folder, 'package.json'));
      if (found?.name === packageName) return found.version;
    }
  } catch {
    // Not installed at that place.
  }
  return undefined;
}

function readPackage(file: string): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}
