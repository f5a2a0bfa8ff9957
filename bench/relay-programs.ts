import { join } from 'node:path';
import type { ProgramPackage } from '#support/servers/apt-packages.js';
import { canFetch, fetched, fromPackage } from '#support/servers/fetched-binary.js';
import { foldersOf, programsIn } from '#support/servers/on-path.js';
import { consoleProgress } from '#support/servers/progress.js';
import { runCommand } from '#support/servers/run-command.js';
import { unpackedProgram } from '#support/servers/server-binary.js';
import { Absent } from './bench.js';

/** A proxy between clients and a server (HAProxy, MySQL Router), and how it is run. */
export interface RelayProgram {
  readonly version: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The folder in which the package was unpacked; empty if the program is installed. */
  readonly root: string;
}

interface Known {
  readonly in: ProgramPackage;
  /** The program's path in the package. */
  readonly file: string;
  /** Folders in the package with the program's own libraries. */
  readonly libraries: readonly string[];
  /** The option that prints the version, and the pattern of its output. */
  readonly asked: string;
  readonly version: RegExp;
}

const KNOWN = {
  haproxy: {
    in: { prefixes: ['haproxy'], name: /^haproxy$/, unpacked: /^(?:lib(?!perl)|zlib|gcc-|haproxy_)/ },
    file: 'usr/sbin/haproxy',
    libraries: [],
    asked: '-v',
    version: /HAProxy version (\d+\.\d+\.\d+)/,
  },
  mysqlrouter: {
    in: { prefixes: ['mysql-router'], name: /^mysql-router$/, debian: ['unstable'] },
    file: 'usr/bin/mysqlrouter',
    libraries: ['usr/lib/mysql-router'],
    asked: '--version',
    version: /Ver (\d+\.\d+\.\d+)/,
  },
} satisfies Record<string, Known>;

/** The program on the PATH, else from the distribution's package, unpacked but not installed. @throws Absent */
export async function relayProgram(name: keyof typeof KNOWN): Promise<RelayProgram> {
  const known: Known = KNOWN[name];
  const [installed] = programsIn(foldersOf(), [name]);
  if (installed !== undefined) return asked(known, { command: installed, args: [] }, '');
  if (!canFetch()) throw new Absent('not installed');
  const open = (root: string): Promise<RelayProgram> => {
    const { command, args } = unpackedProgram(root, join(root, known.file));
    const [option, libraries, ...rest] = args;
    const all = [libraries!, ...known.libraries.map((folder) => join(root, folder))].join(':');
    return asked(known, { command, args: [option!, all, ...rest] }, root);
  };
  try {
    return await fetched({ name, unpack: fromPackage(known.in), open }, consoleProgress(name));
  } catch (error) {
    process.stderr.write(`${name}: ${(error as Error).message}\n`);
    throw new Absent('not to be had');
  }
}

async function asked(
  known: Known,
  run: { readonly command: string; readonly args: readonly string[] },
  root: string,
): Promise<RelayProgram> {
  const text = await runCommand(run.command, [...run.args, known.asked], { timeout: 20_000 });
  const version = known.version.exec(text)?.[1];
  if (version === undefined) throw new Error(`its version is not known: ${text.slice(0, 80)}`);
  return { ...run, version, root };
}
