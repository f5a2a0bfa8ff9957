import { repeat, type Effort, type Figure, type Slices } from './bench.js';

// There is more code to be warmed up than in a pool alone, and more noise.
const LONGER = 3;
/** In ms of CPU time. */
const SLICE = 100;
/** Of rounds that warm up. */
const FEWEST = 25;

type Round = () => Promise<void>;

/** The names of the figures: how many in a ms, and the CPU time of each. */
interface Units {
  readonly wall: string;
  readonly cpu: string;
}

/** What a round on a real server, of so many `things`, comes to. */
export async function throughput(effort: Effort, round: Round, things: number, units: Units): Promise<Figure[]> {
  await repeat(LONGER * effort.warmUp, round);
  return measured(LONGER * effort.measure, round, things, units);
}

/** The same in slices, for subjects that take turns: what the machine does besides falls on all of them alike. */
export async function slicesOfThroughput(effort: Effort, round: Round, things: number, units: Units): Promise<Slices> {
  const { rounds } = await repeat(LONGER * effort.warmUp, round);
  // On a busy machine a loan takes several times the CPU, and code would still be cold.
  for (let i = rounds; i < FEWEST; i++) await round();
  return {
    count: Math.ceil((LONGER * effort.measure) / SLICE),
    async take() {
      // While others had their turn connections have lain idle, and are pinged.
      await round();
      return measured(SLICE, round, things, units);
    },
  };
}

async function measured(time: number, round: Round, things: number, units: Units): Promise<Figure[]> {
  const { rounds, cpu, wall } = await repeat(time, round);
  return [
    { value: (rounds * things) / wall, unit: units.wall },
    { value: (1_000 * cpu) / (rounds * things), unit: units.cpu },
  ];
}
