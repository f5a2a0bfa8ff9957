import assert from 'node:assert/strict';

/**
 * Finds leaks: repeats `round`, and asserts that no figure (listeners, entries of a map) is larger after many rounds
 * than after a few.
 */
export async function assertNoGrowth(
  round: () => unknown,
  figures: () => Readonly<Record<string, number>>,
  rounds = 30,
): Promise<void> {
  // Warm-up: objects that are created once, at the first use, and are kept are no leak.
  for (let n = 0; n < 3; n++) await round();
  const before = figures();
  for (let n = 0; n < rounds; n++) await round();
  assert.deepEqual(figures(), before, `after ${rounds} rounds more`);
}
