import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as engineModule from 'node-mysqlpool/pool';
import type { AnyPool } from 'node-mysqlpool/pool';
import { turn } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { Resource } from './subjects/resource.js';

/** How the pool is used: the number of concurrent borrowers, and whether each holds its loan for a microtask. */
export interface Setting {
  readonly borrowers: number;
  readonly resources: number;
  readonly hold: boolean;
}

type Engine = typeof engineModule;

/** Loans per round. Between rounds the event loop gets a turn. */
export const ROUND = 16_000;
const SETTLED = Promise.resolve();

/** A pool of a separate copy of the engine and of this file, which shares no compiled code with other copies. */
export interface Copy {
  readonly pool: AnyPool;
  /** Acquires and releases `ROUND` times. */
  readonly round: () => Promise<void>;
}

/** @param dispatches false removes the checks for event listeners and trace subscribers from the copied engine */
export async function load(setting: Setting, options: object, dispatches = true): Promise<Copy> {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-engine-'));
  try {
    copyEngine(folder, dispatches);
    delete require.cache[__filename];
    const { open } = require(__filename) as { open: typeof openCopy };
    return await open(setting, options, require(join(folder, 'index.js')) as Engine);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// In the compiled engine: every check whether there are listeners or subscribers.
const QUESTION = /(?:\w+\.#?)*events\.wants(?:Loans\b|\('\w+'\))|\w+\.(?:acquire|open)Trace\.hasSubscribers/g;
const FEWEST_QUESTIONS = 12;

function copyEngine(to: string, dispatches: boolean): void {
  const from = dirname(require.resolve('node-mysqlpool/pool'));
  let questions = 0;
  for (const file of readdirSync(from).filter((name) => name.endsWith('.js'))) {
    const code = readFileSync(join(from, file), 'utf8');
    writeFileSync(join(to, file), dispatches ? code : code.replaceAll(QUESTION, () => (questions++, 'false')));
  }
  if (!dispatches && questions < FEWEST_QUESTIONS) throw new Error(`only ${questions} places of events were found`);
}

async function openCopy(setting: Setting, options: object, { Pool }: Engine): Promise<Copy> {
  const { borrowers, resources, hold } = setting;
  const connector = {
    open: async () => new Resource(),
    ping: () => SETTLED,
    clean: () => undefined,
    close: () => SETTLED,
    destroy: () => undefined,
  };
  const pool = new Pool({ connector }, { maxSize: resources, ...options });
  await pool.warmUp(resources);
  const watch = new LoanWatch(resources);
  const borrow = async (loans: number): Promise<void> => {
    for (let i = 0; i < loans; i++) {
      const lease = await pool.acquire();
      const resource = lease.connection as Resource;
      watch.take(resource);
      if (hold) await SETTLED;
      watch.give(resource);
      lease.release();
    }
  };
  const round = async (): Promise<void> => {
    await Promise.all(Array.from({ length: borrowers }, () => borrow(ROUND / borrowers)));
    watch.expect(ROUND);
    await turn();
  };
  return { pool, round };
}

export { openCopy as open };
