import { codeOf, type AnyPool } from '../pool/index.js';
import { errorType } from './error-type.js';
import { seconds } from './seconds.js';
import type { CounterName, HistogramName } from './vocabulary.js';

/** Counts the events of one pool. */
export interface Recorder {
  /** @param attribute the value of the counter's attribute, if it has one */
  count(counter: CounterName, attribute?: string): void;
  /** @param duration in seconds */
  time(histogram: HistogramName, duration: number): void;
}

/** Passes the events of a pool on to a recorder, until the returned function is called. */
export function record(pool: AnyPool, recorder: Recorder): () => void {
  const stops = [
    pool.on('opened', ({ took }) => recorder.time('createTime', seconds(took))),
    pool.on('openFailed', ({ error, kind }) =>
      recorder.count(kind === 'full' ? 'refusals' : 'createFailures', errorType(error)),
    ),
    pool.on('acquired', ({ waited }) => recorder.time('waitTime', seconds(waited))),
    pool.on('acquireFailed', ({ error }) => {
      if (codeOf(error) === 'POOL_ACQUIRE_TIMEOUT') recorder.count('timeouts');
      else recorder.count('rejects', errorType(error));
    }),
    pool.on('released', ({ held }) => recorder.time('useTime', seconds(held))),
    pool.on('cleaned', ({ kind }) => recorder.count('cleanings', kind)),
    pool.on('closed', ({ reason }) => recorder.count('closes', reason)),
    pool.on('leakSuspected', () => recorder.count('leaks')),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
