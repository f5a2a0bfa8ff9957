import assert from 'node:assert/strict';

/**
 * Does the same again and again, and asserts that no figure (listeners, entries of a map) is larger after many rounds than
 * after a few: what each round leaves behind would add up for as long as a process runs.
 */
export async function assertNoGrowth(
  round: () => unknown,
  figures: () => Readonly<Record<string, number>>,
  rounds = 30,
): Promise<void> {
  // What is made at the first use, and stays, is no growth.
  for (let n = 0; n < 3; n++) await round();
  const before = figures();
  for (let n = 0; n < rounds; n++) await round();
  assert.deepEqual(figures(), before, `after ${rounds} rounds more`);
}
