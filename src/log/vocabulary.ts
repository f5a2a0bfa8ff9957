import { codeOf, type CloseReason, type PoolEventName, type PoolEvents } from '../pool/index.js';
import { failureText } from './failure-text.js';
import type { LogLevel } from './logger.js';

/** How an event is logged: its level, which may depend on the event, and its text. */
export interface Line<K extends PoolEventName> {
  readonly level: LogLevel | ((event: PoolEvents[K]) => LogLevel);
  readonly text: (event: PoolEvents[K]) => string;
}

/** Opening, waiting or cleaning that takes this long (ms) or longer is logged as a warning. */
export const SLOW = 1_000;

const ms = (value: number): string => `${value.toFixed(1)} ms`;
const because = (cause: unknown): string => (cause === undefined ? '' : `: ${failureText(cause)}`);
const named = (before: string, label: string | undefined): string => (label === undefined ? '' : `${before}${label}`);
const whenSlow = (took: number, otherwise: LogLevel): LogLevel => (took >= SLOW ? 'warn' : otherwise);

const WORRYING: ReadonlySet<CloseReason> = new Set(['dead', 'unclean', 'leaked']);
/** Failures that do not pass by themselves: a person has to change something. */
const FOR_A_PERSON: ReadonlySet<unknown> = new Set([
  'POOL_CONNECT',
  'POOL_UNAVAILABLE',
  'POOL_SELF_DEADLOCK',
  'POOL_ALREADY_TAKEN',
]);

function levelOfFailure(error: unknown): LogLevel {
  const code = codeOf(error);
  if (FOR_A_PERSON.has(code)) return 'error';
  // A caller that has aborted its own wait knows why. A signal of AbortSignal.timeout is a time-out like any other.
  return code?.startsWith('POOL_') === true || (error as { name?: unknown } | null)?.name === 'TimeoutError'
    ? 'warn'
    : 'debug';
}

/** Everything that is logged: one line for each event. docs/monitoring.md lists all of them. */
export const VOCABULARY: { readonly [K in PoolEventName]: Line<K> } = {
  poolOpened: { level: 'info', text: () => 'open' },
  opening: { level: 'debug', text: ({ connection }) => `connection ${connection} is being opened` },
  opened: {
    level: ({ took }) => whenSlow(took, 'info'),
    text: ({ connection, took }) => `connection ${connection} opened in ${ms(took)}`,
  },
  openFailed: {
    level: 'warn',
    text: ({ took, kind, retryIn, error }) =>
      kind === 'full'
        ? `the server has no room, callers wait for it${because(error)}`
        : `could not connect within ${ms(took)}, next attempt in ${ms(retryIn)}${because(error)}`,
  },
  acquired: {
    level: ({ waited }) => whenSlow(waited, 'debug'),
    text: ({ connection, loan, waited, label }) =>
      `connection ${connection} lent${named(' to ', label)} (loan ${loan}, waited ${ms(waited)})`,
  },
  waiting: { level: 'debug', text: ({ waiters, label }) => `${waiters} in line${named(', last ', label)}` },
  acquireFailed: {
    level: ({ error }) => levelOfFailure(error),
    text: ({ waited, label, error }) => `${label ?? 'a caller'} got none after ${ms(waited)}${because(error)}`,
  },
  released: {
    level: 'debug',
    text: ({ connection, loan, held, label }) =>
      `connection ${connection} came back${named(' from ', label)} (loan ${loan}, held ${ms(held)})`,
  },
  cleaned: {
    level: ({ took }) => whenSlow(took, 'debug'),
    text: ({ connection, took, kind }) => `connection ${connection} cleaned in ${ms(took)} (${kind})`,
  },
  closed: {
    level: ({ reason }) => (WORRYING.has(reason) ? 'warn' : 'info'),
    text: ({ connection, reason, cause }) => `connection ${connection} closed (${reason})${because(cause)}`,
  },
  evicted: {
    level: ({ cause }) => (cause === undefined ? 'info' : 'warn'),
    text: ({ cause }) => `every connection is to be replaced${because(cause)}`,
  },
  resized: { level: 'info', text: ({ maxSize }) => `${maxSize} connections at most from now on` },
  suspended: { level: 'info', text: () => 'suspended, callers wait' },
  resumed: { level: 'info', text: () => 'resumed' },
  leakSuspected: {
    level: 'warn',
    text: ({ connection, loan, held, label, callSite, recent }) => {
      const taken = named(' by ', label) + named(' at ', callSite);
      const by = taken === '' ? '' : `, taken${taken}`;
      return `connection ${connection} is out for ${ms(held)} (loan ${loan})${by}${named('; last: ', recent[0])}`;
    },
  },
  leakEnded: {
    level: ({ reclaimed }) => (reclaimed ? 'warn' : 'info'),
    text: ({ connection, loan, held, label, callSite, reclaimed }) => {
      const end = reclaimed
        ? `was never given back${named(' by ', label)}`
        : `came back after all${named(' from ', label)}`;
      const taken = reclaimed ? named(', taken at ', callSite) : '';
      return `connection ${connection} ${end} (loan ${loan}, held ${ms(held)})${taken}`;
    },
  },
  poolDraining: { level: 'info', text: () => 'draining: it closes once nobody has a connection and nobody waits' },
  poolClosing: { level: 'info', text: () => 'closing' },
  poolClosed: { level: 'info', text: () => 'closed' },
};
