import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const foldersOf = (path: string = process.env['PATH'] ?? ''): string[] => path.split(delimiter).filter(Boolean);

/** The existing programs with one of these names, in the order of the names. */
export const programsIn = (folders: readonly string[], names: readonly string[]): string[] =>
  names.flatMap((name) => folders.map((folder) => join(folder, name))).filter((file) => existsSync(file));
