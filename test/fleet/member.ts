/** A process of a fleet: opens doors to databases, asks by all of them until it is told to stop, and tells what it saw. */
import type { Place, Side } from '../orm/errors/door.js';
import { DOORS } from '../orm/errors/doors.js';

export interface MemberOrder {
  readonly side: Side;
  /** By the name of the door. */
  readonly places: Readonly<Record<string, Place>>;
  /** What is given to our pool, where the ORM takes its options. */
  readonly own?: object | undefined;
}

/** By the name of the door: how many were answered, or what went wrong. */
export type MemberNews = { readonly door: string } & ({ readonly served: true } | { readonly error: string });

const ENOUGH = 30;
const WORKERS = 6;
const PATIENCE = 20_000;

const tell = (news: MemberNews): void => void process.send!(news);

let isOver = false;

async function work(name: string, side: Side, place: Place, own?: object): Promise<void> {
  const door = await DOORS.find((each) => each.name === name)![side](place, 4, PATIENCE, own);
  let served = 0;
  const worker = async (): Promise<void> => {
    while (!isOver) {
      await door.query('SELECT SLEEP(0.01) AS slept');
      if (++served === ENOUGH) tell({ door: name, served: true });
    }
  };
  await door.query('SELECT 1');
  await Promise.all(Array.from({ length: WORKERS }, worker));
  await door.close();
}

async function main({ side, places, own }: MemberOrder): Promise<void> {
  process.once('message', () => (isOver = true));
  const all = Object.entries(places).map(([name, place]) =>
    work(name, side, place, own).catch((error: unknown) => tell({ door: name, error: String((error as Error).stack) })),
  );
  await Promise.all(all);
  process.disconnect();
}

void main(JSON.parse(process.argv[2]!) as MemberOrder);
