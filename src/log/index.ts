export { attach, isDebugging, startLog } from './attach.js';
export { failureText } from './failure-text.js';
export { FullSpell, type Refusals } from './full-spell.js';
export {
  consoleSink,
  faultOfLogger,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  type LogLevel,
  type Sink,
  type StructuredLogger,
} from './logger.js';
export { SLOW, VOCABULARY, type Line } from './vocabulary.js';
