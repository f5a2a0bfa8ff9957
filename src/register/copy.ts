import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One installed copy of a package. */
export interface Copy {
  /** The name in its package.json; with an npm alias, the folder has another name. */
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

const known = new Map<string, Copy | undefined>();

/** The package that has this folder as its root. */
export function copyIn(folder: string): Copy | undefined {
  if (!known.has(folder)) known.set(folder, read(folder));
  return known.get(folder);
}

/** The package that a file belongs to. */
export function copyOf(file: string): Copy | undefined {
  for (let folder = dirname(file), depth = 0; depth < 20 && folder !== dirname(folder); depth++) {
    const copy = copyIn(folder);
    if (copy !== undefined) return copy;
    folder = dirname(folder);
  }
  return undefined;
}

function read(folder: string): Copy | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<Copy>;
    // Folders inside a package may have a package.json that sets only the module type.
    return name === undefined ? undefined : { name, version: version ?? '', folder };
  } catch {
    return undefined;
  }
}

export const nameOf = ({ name, version, folder }: Copy): string => `${name} ${version} in ${folder}`;
