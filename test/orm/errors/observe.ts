import type { Door, Open, Side } from './door.js';
import { DOORS } from './doors.js';
import { observed, type Observation } from './observation.js';
import { SITUATIONS, type Places } from './situations.js';

/** What a process is to look at. It writes what it saw as JSON on its standard output. */
export interface Order {
  readonly side: Side;
  /** The names of the ORMs. */
  readonly doors: readonly string[];
  /** By the server's kind. */
  readonly places: Readonly<Record<string, Places>>;
}

/** What one ORM said in one situation. */
export interface Sighting extends Observation {
  readonly door: string;
  readonly side: Side;
  readonly kind: string;
  readonly situation: string;
}

const opener =
  ({ patience = Infinity, ...door }: Door, side: Side): Open =>
  (place, max, acquire) =>
    door[side](place, max, Math.min(acquire, patience));

async function main(order: Order): Promise<void> {
  const { side, places } = order;
  const kinds = Object.keys(places);
  const sightings: Sighting[] = [];
  const look = async (door: Door, kind: string): Promise<void> => {
    for (const situation of SITUATIONS) {
      if (!situation.isServers && kind !== kinds[0]) continue;
      const raised = await situation.raise(opener(door, side), places[kind]!);
      const observation = observed(raised, situation.why);
      sightings.push({ door: door.name, side, kind, situation: situation.title, ...observation });
    }
  };
  const doors = DOORS.filter(({ name }) => order.doors.includes(name));
  // The first time the packages are loaded, which nobody shall take for waiting.
  for (const door of doors) await SITUATIONS[0]!.raise(opener(door, side), places[kinds[0]!]!);
  // One after the other: some have the process busy for so long when they are opened that others would miss their times.
  for (const door of doors) for (const kind of kinds) await look(door, kind);
  process.stdout.write(JSON.stringify(sightings), () => process.exit());
}

// What an ORM's own pool loses on the way, and nobody can await, is not what is looked at: Prisma's mariadb pool does so.
process.on('unhandledRejection', () => undefined);
main(JSON.parse(process.argv[2]!) as Order).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
