/** A program of several clients, which is played directly and through the gateway, and must get the same answers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Capability, OFFERED } from '#internal/wire/index.js';
import type { ServerKind } from '#support/servers/index.js';

/** The capabilities that a client may leave out. */
export const LEFT_OUT = [
  'DEPRECATE_EOF',
  'SESSION_TRACK',
  'FOUND_ROWS',
  'IGNORE_SPACE',
  'MULTI_STATEMENTS',
  'INTERACTIVE',
] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

export interface ClientPlan {
  readonly without: readonly LeftOut[];
  /** The id of a collation. */
  readonly charset: number;
  readonly database: string;
}

/** What one client sends at once: one command, or several in one write. For the syntax of the texts see commands.ts. */
export interface Step {
  readonly client: number;
  readonly send: string | readonly string[];
}

export interface Program {
  readonly clients: readonly ClientPlan[];
  readonly steps: readonly Step[];
}

/** A program that has failed once, kept as a regression test. */
export interface KeptProgram extends Program {
  readonly file: string;
  readonly description: string;
  /** The only server that the program is for. @default both */
  readonly server?: ServerKind;
}

export function capabilitiesOf({ without }: ClientPlan): number {
  let capabilities = OFFERED | Capability.LOCAL_FILES;
  for (const name of without) capabilities &= ~Capability[name];
  return capabilities >>> 0;
}

const FOLDER = join(__dirname, '..', '..', '..', '..', 'test', 'gateway', 'programs');

export function keptPrograms(kind: ServerKind): KeptProgram[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => ({ ...(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as KeptProgram), file }))
    .filter(({ server }) => server === undefined || server === kind);
}

/** The program as the content of a file for test/gateway/programs. */
export function textOf({ clients, steps }: Program, server: ServerKind): string {
  const lines = (list: readonly unknown[]): string => list.map((one) => `    ${JSON.stringify(one)}`).join(',\n');
  return `{\n  "description": "",\n  "server": "${server}",\n  "clients": [\n${lines(clients)}\n  ],\n  "steps": [\n${lines(steps)}\n  ]\n}\n`;
}
