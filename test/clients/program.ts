import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Client, Mode } from './clients.js';
import type { Runtime } from './runtimes.js';

export const programsFolder = join(__dirname, '../../../test/clients/programs');
const LONGEST_MS = 120_000;

/** Where a program connects to, and what it finds there. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly other: string;
  /** The authority to trust; without it, the connection has no TLS. */
  readonly ca: string | undefined;
}

/** What one check answered: the line of JSON after its name. */
export interface Answer {
  readonly result?: unknown;
  readonly error?: unknown;
}

export interface Outcome {
  /** Its name and version, as it says itself. */
  readonly client: string;
  readonly answers: ReadonlyMap<string, Answer>;
  /** Why it did not come to its end. */
  readonly failure: string | undefined;
}

interface Line extends Answer {
  readonly client?: string;
  readonly check?: string;
}

/** Runs a client's program against an address to its end. */
export function runProgram(client: Client, runtime: Runtime, mode: Mode, target: Target): Promise<Outcome> {
  const args = [...runtime.args, ...(client.program === undefined ? [] : [join(programsFolder, client.program)])];
  const env = { ...process.env, LC_ALL: 'C.UTF-8', ...runtime.env, ...client.env, ...variables(mode, target) };
  return new Promise((resolve, reject) => {
    const child = spawn(runtime.command, args, { env, timeout: LONGEST_MS, killSignal: 'SIGKILL', stdio: 'pipe' });
    child.stdin.end();
    let name = client.name;
    const answers = new Map<string, Answer>();
    const words: string[] = [];
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parsed(text);
      if (line?.client !== undefined) name = line.client;
      else if (line?.check !== undefined) answers.set(line.check, withoutName(line));
      else words.push(text);
    });
    createInterface({ input: child.stderr }).on('line', (text) => words.push(text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const said = words.filter((text) => text.trim() !== '').slice(-6);
      const failure = code === 0 ? undefined : `${signal ?? `exit code ${code}`}: ${said.join(' / ')}`;
      resolve({ client: name, answers, failure });
    });
  });
}

/** What tells a program where to connect. */
export function variables(mode: Mode, { host, port, user, password, database, other, ca }: Target): NodeJS.ProcessEnv {
  return {
    DB_HOST: host,
    DB_PORT: `${port}`,
    DB_USER: user,
    DB_PASSWORD: password,
    DB_NAME: database,
    DB_OTHER: other,
    DB_CA: ca ?? '',
    DB_MODE: mode,
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

function withoutName({ check: _check, ...answer }: Line): Answer {
  return answer;
}

function parsed(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
