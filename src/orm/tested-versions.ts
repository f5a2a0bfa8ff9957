import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { ownFile } from './own-file.js';

/** An ORM that an adapter is for. */
export interface TestedOrm {
  /** As people call it. */
  readonly name: string;
  readonly packageName: string;
  /** The versions the adapter is tested with, in full. */
  readonly versions: readonly string[];
  /** How versions begin that are held to be like them: `1.`, `0.28.` */
  readonly lines: readonly string[];
}

const warned = new Set<string>();

/**
 * Says once in a process that an ORM is of a version its adapter is not tested with. It is used all the same. Does
 * nothing when the version cannot be told, as in a bundle.
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

/** Of the copy that the application finds, or else we. */
function installedVersion(packageName: string): string | undefined {
  for (const place of [process.argv[1], join(process.cwd(), 'any.js'), ownFile]) {
    const version = place === undefined ? undefined : versionFrom(place, packageName);
    if (version !== undefined) return version;
  }
  return undefined;
}

/** From package.json, which most ORMs do not export: it is looked for by hand. */
function versionFrom(place: string, packageName: string): string | undefined {
  try {
    let folder = dirname(createRequire(resolve(place)).resolve(packageName));
    for (let depth = 0; depth < 20 && folder !== dirname(folder); depth++, folder = dirname(folder)) {
      const found = readPackage(join(folder, 'package.json'));
      if (found?.name === packageName) return found.version;
    }
  } catch {
    // Not installed where we look for it.
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
