import { repeat, type Effort, type Figure } from './bench.js';

// There is more code to be warmed up than in a pool alone, and more noise.
const LONGER = 3;

/** What a round on a real server, of so many `things`, comes to: how many in a ms, and the CPU time of each. */
export async function throughput(
  effort: Effort,
  round: () => Promise<void>,
  things: number,
  units: { readonly wall: string; readonly cpu: string },
): Promise<Figure[]> {
  await repeat(LONGER * effort.warmUp, round);
  const { rounds, cpu, wall } = await repeat(LONGER * effort.measure, round);
  return [
    { value: (rounds * things) / wall, unit: units.wall },
    { value: (1_000 * cpu) / (rounds * things), unit: units.cpu },
  ];
}
