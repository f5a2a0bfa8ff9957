import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAlive } from './is-alive.js';

const MARKER = 'complete.json';

/**
 * Builds a folder atomically: it is filled under a temporary name, then gets a marker file with the size of every file
 * and with the note that `fill` returned, and is moved into place.
 */
export async function buildFolder<Note>(
  folder: (note: Note) => string,
  parent: string,
  fill: (unfinished: string) => Promise<Note>,
): Promise<string> {
  const unfinished = join(parent, `unfinished-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(unfinished, { recursive: true });
  try {
    const note = await fill(unfinished);
    const sizes = await fileSizes(unfinished);
    await writeFile(join(unfinished, MARKER), JSON.stringify({ note, sizes }));
    const place = folder(note);
    await discardFolder(place);
    await rename(unfinished, place);
    return place;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/**
 * The note of a folder made by `buildFolder`, or undefined if the folder is missing, incomplete or was changed since.
 */
export async function checkFolder<Note>(folder: string): Promise<Note | undefined> {
  try {
    const marker = JSON.parse(await readFile(join(folder, MARKER), 'utf8')) as {
      note: Note;
      sizes: Record<string, number>;
    };
    for (const [file, size] of Object.entries(marker.sizes)) {
      if ((await stat(join(folder, file))).size !== size) return undefined;
    }
    return marker.note;
  } catch {
    return undefined;
  }
}

/** Renames a folder before deleting it, so that no other process finds it half deleted. */
export async function discardFolder(folder: string): Promise<void> {
  const away = join(dirname(folder), `unfinished-${process.pid}-${randomBytes(4).toString('hex')}`);
  await rename(folder, away).catch(() => {});
  await rm(away, { recursive: true, force: true });
}

/**
 * Deletes the unfinished folders of processes that were killed. Only to be called while no other process builds one.
 */
export async function sweepUnfinished(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = /^unfinished-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function fileSizes(folder: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    const file = await stat(join(folder, name)).catch(() => undefined);
    if (file?.isFile()) sizes[name] = file.size;
  }
  return sizes;
}
