import { failureText } from '../log/index.js';
import { printable, type CloseReason, type PoolEventName, type PoolEvents } from '../pool/index.js';
import { duration } from './duration.js';
import { clipped } from './numbers.js';

// The maximum length of a line, in characters.
const LONGEST = 300;

/** The reasons for closing a connection, in words. */
const REASONS: Readonly<Record<CloseReason, string>> = {
  idle: 'idle for longer than idleTimeout',
  lifetime: 'older than maxLifetime',
  overflow: 'maxIdle lie idle already',
  evicted: 'evicted',
  spared: 'another pool needed room',
  dead: 'lost',
  unclean: 'it could not be cleaned',
  destroyed: 'destroyed by its borrower',
  leaked: 'its lease was lost',
  detached: 'detached by its borrower',
  closed: 'the pool closes',
};

type Texts = { readonly [K in PoolEventName]?: (event: PoolEvents[K]) => string };

/** The events that are listed. Events of every single loan are not: figures cover them. */
const TEXTS: Texts = {
  opened: ({ connection, took }) => `connection ${connection} opened in ${duration(took)}`,
  openFailed: ({ took, error, kind, retryIn }) =>
    kind === 'full'
      ? `the server has no room, callers wait for it: ${failureText(error)}`
      : `connecting failed after ${duration(took)}, next try in ${duration(retryIn)}: ${failureText(error)}`,
  acquireFailed: ({ waited, error, label }) =>
    `${label ?? 'a caller'} turned away after ${duration(waited)}: ${failureText(error)}`,
  closed: ({ connection, reason, cause }) =>
    `connection ${connection} closed: ${REASONS[reason]}${cause === undefined ? '' : ` (${failureText(cause)})`}`,
  evicted: ({ cause }) => `all connections evicted${cause === undefined ? '' : `: ${failureText(cause)}`}`,
  resized: ({ maxSize }) => `resized, maxSize is ${maxSize}`,
  suspended: () => 'suspended',
  resumed: () => 'resumed',
  leakSuspected: ({ loan, connection, held, label, callSite }) =>
    `loan ${loan} of connection ${connection} may be a leak: out for ${duration(held)}${by(label, callSite)}`,
  leakEnded: ({ loan, held, label, callSite, reclaimed }) =>
    reclaimed
      ? `loan ${loan} was a leak: its lease became garbage after ${duration(held)}${by(label, callSite)}`
      : `loan ${loan} came back after ${duration(held)}${by(label, undefined)}`,
  poolDraining: () => 'the pool closes when nobody uses it any more',
  poolClosing: () => 'the pool closes',
};

/** The events that are listed. */
export const TOLD_EVENTS: readonly PoolEventName[] = Object.keys(TEXTS) as PoolEventName[];

/** Describes an event in a short line. */
export function textOf<K extends PoolEventName>(name: K, event: PoolEvents[K]): string {
  const text = TEXTS[name] as ((event: PoolEvents[K]) => string) | undefined;
  return clipped(printable(text?.(event) ?? name), LONGEST);
}

function by(label: string | undefined, callSite: string | undefined): string {
  return `${label === undefined ? '' : `, ${label}`}${callSite === undefined ? '' : `, taken at ${callSite}`}`;
}
