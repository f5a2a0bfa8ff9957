import { CONNECTION_TOPICS } from './connection-topics.js';
import { PINNING_TOPICS } from './pinning-topics.js';
import { SESSION_TOPICS } from './session-topics.js';
import { STATEMENT_TOPICS } from './statement-topics.js';
import type { Topic } from './topic.js';

export { Lines } from './lines.js';
export type { Topic } from './topic.js';

export const TOPICS: readonly Topic[] = [
  ...SESSION_TOPICS,
  ...STATEMENT_TOPICS,
  ...PINNING_TOPICS,
  ...CONNECTION_TOPICS,
];
