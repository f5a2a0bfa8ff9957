import type { Command } from './command.js';
import { doctor } from './doctor/doctor.js';

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [doctor];
