import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ProgramPackage } from '#support/servers/apt-packages.js';
import { canFetch, fetched, fromPackage } from '#support/servers/fetched-binary.js';
import { consoleProgress } from '#support/servers/progress.js';
import { runCommand } from '#support/servers/run-command.js';
import { unpackedProgram } from '#support/servers/server-binary.js';
import { Absent } from './bench.js';

/** A program that stands between clients and a server, and how it is run. */
export interface RelayProgram {
  readonly version: string;
  readonly command: string;
  readonly args: readonly string[];
}

interface Known extends ProgramPackage {
  readonly program: string;
  /** In what it says to `--version`. */
  readonly version: RegExp;
}

const KNOWN = {
  haproxy: {
    program: 'usr/sbin/haproxy',
    prefixes: ['haproxy'],
    name: /^haproxy$/,
    unpacked: /^(?:lib|zlib|gcc-|haproxy_)/,
    version: /HAProxy version (\d+\.\d+\.\d+)/,
  },
  mysqlrouter: {
    program: 'usr/bin/mysqlrouter',
    prefixes: ['mysql-router'],
    name: /^mysql-router$/,
    debian: ['unstable'],
    unpacked: /^(?:lib(?!perl)|zlib|gcc-|mysql-)/,
    version: /Ver (\d+\.\d+\.\d+)/,
  },
} satisfies Record<string, Known>;

/** One on the PATH, else the distribution's package, which is not installed. @throws Absent */
export async function relayProgram(name: keyof typeof KNOWN): Promise<RelayProgram> {
  const known: Known = KNOWN[name];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/sbin'];
  const installed = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  const found = installed === undefined ? undefined : await ask(known, installed, []);
  if (found !== undefined) return found;
  if (!canFetch()) throw new Absent('not installed');
  const open = (root: string): Promise<RelayProgram | undefined> => {
    const { command, args } = unpackedProgram(root, join(root, known.program));
    return ask(known, command, args);
  };
  try {
    return await fetched({ name, unpack: fromPackage(known), open }, consoleProgress(name));
  } catch (error) {
    process.stderr.write(`${name}: ${(error as Error).message}\n`);
    throw new Absent('not to be had');
  }
}

async function ask({ version }: Known, command: string, args: readonly string[]): Promise<RelayProgram | undefined> {
  const told = version.exec(await runCommand(command, [...args, '--version'], { timeout: 20_000 }))?.[1];
  return told === undefined ? undefined : { version: told, command, args };
}
