import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One installed copy of a package. */
export interface Copy {
  /** As its package.json says; the folder may be called otherwise, by an alias. */
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

const known = new Map<string, Copy | undefined>();

/** The package whose root a folder is. */
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
    // Some folders inside a package have a package.json that only says of what type their modules are.
    return name === undefined ? undefined : { name, version: version ?? '', folder };
  } catch {
    return undefined;
  }
}

export const nameOf = ({ name, version, folder }: Copy): string => `${name} ${version} in ${folder}`;
