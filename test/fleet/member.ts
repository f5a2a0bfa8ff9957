/** A process of a fleet: opens doors to databases, asks by all of them at once, tells how it went, and closes them when told. */
import type { OpenDoor, Place, Side } from '../orm/errors/door.js';
import { DOORS } from '../orm/errors/doors.js';

export interface MemberOrder {
  readonly side: Side;
  /** By the name of the door: an account on a server of each kind. */
  readonly places: Readonly<Record<string, readonly Place[]>>;
  /** What is given to our pool, where the ORM takes its options. */
  readonly own?: object | undefined;
}

/** All doors are there; or of one, how it went: enough were answered, or what went wrong. */
export type MemberNews = 'ready' | { readonly door: string; readonly error?: string };

export type MemberWord = 'begin' | 'stop';

const ENOUGH = 60;
const WORKERS = 6;
const PATIENCE = 120_000;

const tell = (news: MemberNews): void => void process.send!(news);

/** Leaves the door open, with connections that are idle and may be wanted elsewhere. */
async function work(name: string, door: OpenDoor): Promise<void> {
  let left = ENOUGH;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await door.query('SELECT SLEEP(0.01) AS slept');
  };
  await door.query('SELECT 1');
  // The lease, and not the eight hours of other sessions.
  const session = JSON.stringify(await door.query('SELECT @@wait_timeout AS lease'), (_, value) =>
    typeof value === 'bigint' ? Number(value) : (value as unknown),
  );
  if (!/"lease":"?60\b/.test(session)) throw new Error(`it is in no fleet: ${session}`);
  await Promise.all(Array.from({ length: WORKERS }, worker));
  tell({ door: name });
}

async function main({ side, places, own }: MemberOrder): Promise<void> {
  const told = (expected: MemberWord): Promise<void> =>
    new Promise((resolve) => {
      process.on('message', (word: MemberWord) => word === expected && resolve());
    });
  const [begin, stop] = [told('begin'), told('stop')];
  const open: [name: string, door: OpenDoor][] = [];
  // Before anybody waits for anything: loading ten ORMs has a process deaf for seconds.
  for (const { name, [side]: opens } of DOORS) {
    for (const place of places[name] ?? []) open.push([name, await opens(place, 4, PATIENCE, own)]);
  }
  tell('ready');
  await begin;
  const all = open.map(([name, door]) =>
    work(name, door).catch((error: unknown) => tell({ door: name, error: String((error as Error).stack) })),
  );
  await Promise.all(all);
  await stop;
  for (const [, door] of open) await door.close();
  process.disconnect();
}

void main(JSON.parse(process.argv[2]!) as MemberOrder);
