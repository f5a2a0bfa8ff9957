import * as pool from '../pool/index.js';
import { clipped } from './numbers.js';

const LONGEST = 300;

/**
 * The message of an error of the monitor itself, or of a request to a monitor. Only the first line: some drivers append
 * a stack.
 */
export const messageOf = (error: unknown): string =>
  clipped(pool.printable(pool.messageOf(error).split('\n', 1)[0]!), LONGEST);
