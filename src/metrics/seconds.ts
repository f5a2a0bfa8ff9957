/** Ours are ms, what metrics are given is seconds. */
export const seconds = (ms: number): number => ms / 1_000;
