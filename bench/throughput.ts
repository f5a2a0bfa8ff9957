import { repeat, type Effort, type Figure, type Slices } from './bench.js';

// Factor for the effort: with a driver and a server there is more code to warm up than in a pool alone, and more noise.
const LONGER = 3;
/** The length of a slice, in ms of CPU time. */
const SLICE = 100;
/** The least number of warm-up rounds. */
const FEWEST = 25;

type Round = () => Promise<void>;

/** The names of the units: things per ms of wall time, and CPU time per thing. */
interface Units {
  readonly wall: string;
  readonly cpu: string;
}

/** Measures rounds on a real server, each of which does `things` things (queries, loans). */
export async function throughput(effort: Effort, round: Round, things: number, units: Units): Promise<Figure[]> {
  await repeat(LONGER * effort.warmUp, round);
  return measured(LONGER * effort.measure, round, things, units);
}

/**
 * Like `throughput`, but in slices, so that subjects can take turns and other load on the machine affects all alike.
 */
export async function slicesOfThroughput(effort: Effort, round: Round, things: number, units: Units): Promise<Slices> {
  const { rounds } = await repeat(LONGER * effort.warmUp, round);
  // On a busy machine a round takes several times the CPU time, so that the effort alone would leave the code cold.
  for (let i = rounds; i < FEWEST; i++) await round();
  return {
    count: Math.ceil((LONGER * effort.measure) / SLICE),
    async take() {
      // The first round is not measured: it may ping connections that were idle while other subjects had their turn.
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
