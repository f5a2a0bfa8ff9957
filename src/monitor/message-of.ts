import * as pool from '../pool/index.js';
import { clipped } from './numbers.js';

const LONGEST = 300;

/** What went wrong with the monitor itself, or on the way to one. The first line: some drivers add a stack. */
export const messageOf = (error: unknown): string =>
  clipped(pool.printable(pool.messageOf(error).split('\n', 1)[0]!), LONGEST);
