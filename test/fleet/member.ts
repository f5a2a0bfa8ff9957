/** A process of a fleet: opens doors to databases, asks by all of them until it is told to stop, and tells what it saw. */
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

const ENOUGH = 30;
const WORKERS = 6;
const PATIENCE = 120_000;

const tell = (news: MemberNews): void => void process.send!(news);

let isOver = false;

async function work(name: string, door: OpenDoor): Promise<void> {
  let served = 0;
  const worker = async (): Promise<void> => {
    while (!isOver) {
      await door.query('SELECT SLEEP(0.01) AS slept');
      if (++served === ENOUGH) tell({ door: name });
    }
  };
  await door.query('SELECT 1');
  await Promise.all(Array.from({ length: WORKERS }, worker));
  await door.close();
}

async function main({ side, places, own }: MemberOrder): Promise<void> {
  const begin = new Promise<void>((resolve) => {
    process.on('message', (word: MemberWord) => {
      if (word === 'begin') resolve();
      else isOver = true;
    });
  });
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
  process.disconnect();
}

void main(JSON.parse(process.argv[2]!) as MemberOrder);
