import { Capability, OFFERED, Command, answerOf, type Packet } from '#internal/wire/index.js';
import type { FreshDatabase, ServerKind, TestServer } from '#support/servers/index.js';
import { WireClient, bytesOf } from '#support/wire-client.js';
import { CASES, SET_UP, type Case } from './program.js';

/** A command and the server's answer. */
export interface Exchange {
  readonly of: Case;
  readonly what: string;
  readonly command: Buffer;
  readonly packets: readonly Packet[];
  readonly bytes: Buffer;
}

/** The dialects of the protocol (combinations of capabilities), by name. */
export const DIALECTS = {
  all: { deprecatesEof: true, tracks: true },
  'no trackers': { deprecatesEof: true, tracks: false },
  'no DEPRECATE_EOF': { deprecatesEof: false, tracks: true },
  neither: { deprecatesEof: false, tracks: false },
} as const;
export type DialectName = keyof typeof DIALECTS;

/** Runs all cases on a new connection with that dialect, and records every byte of the answers. */
export async function record(server: TestServer, database: FreshDatabase, dialect: DialectName): Promise<Exchange[]> {
  const { deprecatesEof, tracks } = DIALECTS[dialect];
  const without = (deprecatesEof ? 0 : Capability.DEPRECATE_EOF) | (tracks ? 0 : Capability.SESSION_TRACK);
  const { host, port, user, password, kind } = server;
  const capabilities = (OFFERED & ~without) >>> 0;
  await using client = await WireClient.connect({ host, port, user, password, capabilities, database: database.name });
  for (const sql of SET_UP) await client.query(sql);
  const exchanges: Exchange[] = [];
  for (const one of CASES.filter(({ only }) => only === undefined || only === kind)) {
    exchanges.push(...(await recordCase(client, one)));
    await client.command(Buffer.concat([Buffer.of(Command.INIT_DB), Buffer.from(database.name)]));
  }
  return exchanges;
}

async function recordCase(client: WireClient, one: Case): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  let id = 0;
  for (const step of one.steps) {
    const command = commandOf(step, id);
    const packets = await client.command(command);
    const first = packets[0]!.payload;
    if (answerOf(command[0]!) === 'prepare' && first[0] === 0) id = first.readUInt32LE(1);
    const said = typeof step === 'string' ? step : command.toString('latin1').replaceAll(/[^ -~]+/g, '.');
    exchanges.push({ of: one, what: `${one.what}: ${said.slice(0, 60)}`, command, packets, bytes: bytesOf(packets) });
  }
  return exchanges;
}

function commandOf(step: string | Buffer | ((id: number) => Buffer), id: number): Buffer {
  if (typeof step === 'string') return Buffer.concat([Buffer.of(Command.QUERY), Buffer.from(step)]);
  return typeof step === 'function' ? step(id) : step;
}

export type Recorded = Readonly<Record<DialectName, readonly Exchange[]>>;

/** Records all cases in each dialect. */
export async function recordAll(server: TestServer, database: FreshDatabase): Promise<Recorded> {
  const recorded = {} as Record<DialectName, Exchange[]>;
  for (const name of Object.keys(DIALECTS) as DialectName[]) recorded[name] = await record(server, database, name);
  return recorded;
}

export type { ServerKind };
