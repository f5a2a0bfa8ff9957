/** Converts the pool's milliseconds to seconds, the unit of metrics. */
export const seconds = (ms: number): number => ms / 1_000;
