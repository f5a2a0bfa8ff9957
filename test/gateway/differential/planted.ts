/** Faults planted in a copy of the compiled gateway, one at a time, each of which the programs must find. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Gateway } from '#internal/gateway/gateway.js';

export interface Fault {
  readonly name: string;
  /** The path of the compiled file. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const fault = (name: string, file: string, from: string, to: string): Fault => ({ name, file, from, to });

export const FAULTS: readonly Fault[] = [
  fault('the session is not carried', 'gateway/carrying.js', 'if (from !== to)', 'if (false)'),
  fault(
    'COM_SET_OPTION is not carried',
    'session/carried.js',
    'several: to.several === from.several ?',
    'several: true ?',
  ),
  fault(
    'the schema is not carried',
    'session/carried.js',
    'schema: to.schema === from.schema && to.isEntered === from.isEntered ?',
    'schema: true ?',
  ),
  fault(
    'what a reset takes away of the database is there',
    'session/carried.js',
    'if (!to.isEntered && (from.isEntered || from.schema !== to.schema))',
    'if (false)',
  ),
  fault('user variables that a client has not set stay', 'session/carried.js', 'if (wanted === undefined || ', 'if ('),
  fault(
    'user variables that are NULL have the type of another client',
    'session/carried.js',
    "(wanted === 'NULL' && sql !== 'NULL')",
    'false',
  ),
  fault(
    'SET TRANSACTION does not pin',
    'session/pins.js',
    "this.set('next transaction', this.#isNextSet",
    "this.set('next transaction', false",
  ),
  fault(
    'LOCK TABLES does not pin',
    'session/pins.js',
    "this.set('table lock', transactionState[7] === 'L')",
    "this.set('table lock', false)",
  ),
  fault(
    'temporary tables do not pin',
    'session/pins.js',
    'take(reason, name) {',
    "take(reason, name) { if (reason === 'temporary table') return;",
  ),
  fault(
    'GET_LOCK does not pin',
    'session/pins.js',
    'take(reason, name) {',
    "take(reason, name) { if (reason === 'named lock') return;",
  ),
  fault('cursors do not pin', 'gateway/holds.js', "this.#add('cursor', statement)", 'void 0'),
  fault('long data does not pin', 'gateway/holds.js', "this.#add('long data', statement)", 'void 0'),
  fault(
    'user variables in prepared statements do not pin',
    'gateway/holds.js',
    "this.#add('prepared variable', statement)",
    'void 0',
  ),
  fault(
    'statements are not named by the number of the backend',
    'gateway/statement-on-backend.js',
    '(0, index_js_1.renumber)(frame, id);',
    '',
  ),
  fault(
    'statements are prepared again under whatever the session is now',
    'gateway/statement-on-backend.js',
    'if (statement.carried.preparedUnder === session.carried.preparedUnder)',
    'if (true)',
  ),
  fault(
    'types that the server could not read are kept',
    'gateway/holds.js',
    'if (errno === errors_js_1.MALFORMED)',
    'if (false)',
  ),
  fault('the client stays after COMMIT RELEASE', 'gateway/binding.js', 'if (this.#leaves)', 'if (false)'),
  fault(
    'what can wait is asked with what cannot',
    'session/client-session.js',
    'return this.#question(this.#doubts.urgent)',
    'return this.#question(this.#doubts.urgent && this.#doubts.all)',
  ),
  fault('types are not put in', 'wire/prepared.js', 'if (types === undefined)', 'if (true)'),
  fault('the last insert id is not carried', 'session/insert-id.js', 'SET last_insert_id = ${this.#value}', 'DO 0'),
  fault(
    'sequence numbers behind an EOF that was put in are not shifted',
    'wire/answer-rewriter.js',
    'const sequence = (data[at + 3] + this.shift) & 0xff;',
    'const sequence = data[at + 3];',
  ),
  fault(
    'an OK that ends rows is not made an EOF',
    'wire/answer-rewriter.js',
    'if (first === END && !dialect.deprecatesEof)',
    'if (false)',
  ),
  fault(
    'what the server has not told at once is not told',
    'session/client-trackers.js',
    'this.#heldBack = change;',
    'if (this.#isMySql) this.#heldBack = change;',
  ),
  fault(
    'what the server did not tell of is not asked',
    'session/client-session.js',
    'if (untold.length > 0)',
    'if (false)',
  ),
  fault('trackers are not cut out', 'wire/answer-rewriter.js', 'if (change !== ok.change)', 'if (false)'),
  fault(
    'warnings of one client are shown to another',
    'gateway/backend.js',
    'return this.hasDiagnostics && this.lastUser !== user;',
    'return false;',
  ),
];

/** The class `Gateway` of a copy with a fault. @throws Error unless the fault's text occurs exactly once in the file */
export function planted({ name, file, from, to }: Fault, root: string): typeof Gateway {
  const folder = join(root, '.build', 'planted', String(process.pid), name.replaceAll(' ', '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const isCode = (path: string): boolean => !path.endsWith('.map') && !path.endsWith('.d.ts');
  for (const layer of LAYERS)
    cpSync(join(root, 'dist', layer), join(folder, layer), { recursive: true, filter: isCode });
  const path = join(folder, file);
  writeFileSync(path, withFault(readFileSync(path, 'utf8'), { name, file, from, to }));
  return (createRequire(__filename)(join(folder, 'gateway', 'gateway.js')) as { Gateway: typeof Gateway }).Gateway;
}

export function withFault(code: string, { name, file, from, to }: Fault): string {
  const parts = code.split(from);
  if (parts.length !== 2)
    throw new Error(`"${name}" is to be planted in ${file} in one place, and fits in ${parts.length - 1}`);
  return parts.join(to);
}

/** The layers that the gateway imports, directly or indirectly. */
const LAYERS = [
  'api',
  'budget',
  'gateway',
  'log',
  'metrics',
  'monitor',
  'mysql',
  'pool',
  'scope',
  'session',
  'settings',
  'wire',
];
