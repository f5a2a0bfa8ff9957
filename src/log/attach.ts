import { debuglog } from 'node:util';
import { codeOf, POOL_EVENTS, type AnyPool, type PoolEventName, type PoolEvents } from '../pool/index.js';
import { byCallSite } from './by-call-site.js';
import { failureText } from './failure-text.js';
import { FullSpell } from './full-spell.js';
import { lineOf, sinkOf, type LogFields, type LogLevel, type Logger, type Sink } from './logger.js';
import { onOneLine } from './one-line.js';
import { VOCABULARY, type Line } from './vocabulary.js';

/**
 * Logs the events of a pool: to the logger, if there is one, and to stderr with `NODE_DEBUG=mysqlpool` in the
 * environment. With neither, no listener is added to the pool.
 */
export function startLog(pool: AnyPool, logger: Logger | undefined): void {
  const debug = debuglog('mysqlpool');
  if (debug.enabled) attach(pool, { wants: () => true, write: (_, fields, text) => debug('%s', lineOf(fields, text)) });
  if (logger !== undefined) attach(pool, sinkOf(logger));
}

/** Whether `NODE_DEBUG=mysqlpool` already writes everything to stderr. */
export const isDebugging = (): boolean => debuglog('mysqlpool').enabled;

/**
 * Writes the events of the pool to the sink, as lines.
 * @param now a clock, in ms
 */
export function attach(pool: AnyPool, sink: Sink, now: () => number = () => performance.now()): void {
  const write = guarded(sink);
  for (const event of POOL_EVENTS) hear(pool, event, write, now);
}

type Write = (level: LogLevel, line: () => readonly [fields: LogFields, text: string]) => void;

function hear<K extends PoolEventName>(pool: AnyPool, event: K, write: Write, now: () => number): void {
  const { level, text } = VOCABULARY[event] as Line<K>;
  const tell = (told: PoolEvents[K], more: LogFields = {}, before: string = ''): void =>
    write(typeof level === 'function' ? level(told) : level, () => [
      { ...fieldsOf(pool.name, event, told), ...more },
      onOneLine(before + text(told)),
    ]);
  if (event === 'openFailed') {
    const spell = new FullSpell();
    pool.on('openFailed', (told) => {
      if (spell.isNews(told.kind, now())) tell(told as PoolEvents[K]);
    });
    return;
  }
  if (event !== 'leakSuspected') {
    pool.on(event, (told) => tell(told));
    return;
  }
  pool.on(
    'leakSuspected',
    together((leaks) => {
      for (const group of byCallSite(leaks)) {
        const oldest = group.reduce((before, leak) => (leak.held > before.held ? leak : before));
        const count = group.length;
        const isOne = count === 1;
        tell(oldest as PoolEvents[K], isOne ? {} : { count }, isOne ? '' : `${count} loans of one line, the oldest: `);
      }
    }),
  );
}

/**
 * Collects the events of one tick and passes them to `hear` together. The pool looks for leaks at intervals, and emits
 * an event for each leak that it finds.
 */
function together<T>(hear: (all: readonly T[]) => void): (one: T) => void {
  let all: T[] = [];
  return (one) => {
    if (all.push(one) > 1) return;
    queueMicrotask(() => {
      const told = all;
      all = [];
      hear(told);
    });
  };
}

/**
 * The fields of an event. Of its error only the message and the code are kept: other properties, such as the statement
 * with its values, must not get into a log.
 */
function fieldsOf<K extends PoolEventName>(pool: string, event: K, told: PoolEvents[K]): LogFields {
  const { error, cause = error, ...others } = told as PoolEvents[K] & { error?: unknown; cause?: unknown };
  const failure = cause === undefined ? {} : { error: failureText(cause), code: codeOf(cause) };
  const all = Object.entries({ pool, event, ...others, ...failure });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

/** Keeps the failures of a logger away from the pool. The first one becomes a process warning. */
function guarded(sink: Sink): Write {
  let hasFailed = false;
  const fail = (error: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    process.emitWarning(`the logger of a pool failed: ${failureText(error)}`, 'PoolLoggerWarning');
  };
  return (level, line) => {
    try {
      if (!sink.wants(level)) return;
      const done = sink.write(level, ...line());
      if (done instanceof Promise) done.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}
