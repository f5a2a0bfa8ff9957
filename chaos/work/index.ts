import { DIRT_JOBS } from './dirt.js';
import { FORGETFUL_JOBS } from './forgetful.js';
import type { Job } from './job.js';
import { STATEMENT_JOBS } from './statements.js';
import { STOPPED_JOBS } from './stopped.js';
import { STREAM_JOBS } from './streams.js';
import { TRANSFER_JOBS } from './transfers.js';

/** Every kind of work that tasks choose from. */
export const JOBS: readonly Job[] = [
  ...STATEMENT_JOBS,
  ...TRANSFER_JOBS,
  ...STREAM_JOBS,
  ...STOPPED_JOBS,
  ...DIRT_JOBS,
  ...FORGETFUL_JOBS,
];
