import { clipped } from './numbers.js';

const LONGEST = 300;

/** What went wrong with the monitor itself, or on the way to one. The first line: some drivers add a stack. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return clipped(String(error), LONGEST);
  const text = error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
  return clipped(text.split('\n', 1)[0]!, LONGEST);
}
