import { duration } from '../../monitor/duration.js';
import { misfitsOf } from '../../session/index.js';
import { limitsOf, type DatabaseFacts, type Facts, type PoolFacts } from './facts.js';
import type { Finding } from './finding.js';

/**
 * Checks the pool's time limits. The server closes a connection that is idle for wait_timeout: the pool should close,
 * replace or ping it earlier.
 */
export function checkTimes({ databases }: Facts): Finding[] {
  return databases.flatMap((database) => [...checkWaitTimeout(database), ...checkWaiting(database)]);
}

function checkWaitTimeout({ alias, pool, server }: DatabaseFacts): Finding[] {
  if (server.kind !== 'answered') return [];
  const limits = limitsOf(server.facts);
  if (limits.waitTimeout === undefined || limits.waitTimeout <= 0) return [];
  const found = { check: 'wait_timeout', about: alias };
  const closes = `the server closes a connection after ${duration(limits.waitTimeout * 1_000)} of silence (wait_timeout)`;
  const misfits = misfitsOf(limits, pool).filter(({ variable }) => variable === 'wait_timeout');
  const wrong = misfits.filter(({ option }) => pool.chosen.has(option));
  if (wrong.length > 0) {
    return wrong.map(({ option, is, limit, instead = limit * 0.9, isHarmless }) => ({
      ...found,
      severity: 'warning',
      seen: `${pool.lines[option]?.name ?? option} is ${off(is)}, but ${closes}.`,
      why: isHarmless
        ? whyOfLifetime(pool)
        : 'The pool does it sooner than you chose: what you set is not what happens.',
      change: `Set ${lineOf(pool, option)} to ${shownIn(pool, option, instead)} or less.`,
    }));
  }
  if (misfits.length > 0) {
    const seen = misfits.map(({ option, is }) => `${option} is ${off(is)}`).join(', ');
    return [
      {
        ...found,
        severity: 'note',
        seen: `${seen}, by default, and ${closes}.`,
        why: 'Nothing breaks: the pool learns of it and closes or pings idle connections sooner.',
      },
    ];
  }
  return [{ ...found, severity: 'ok', seen: `Connections are replaced before they are idle for too long: ${closes}.` }];
}

function whyOfLifetime({ ping }: PoolFacts): string {
  const stays = 'The pool pings idle connections, or closes them sooner, so that the server does not get there first.';
  if (ping !== 'never') return `${stays} A lifetime below wait_timeout makes sure of it without a ping.`;
  return `${stays} But nothing is pinged before it is lent: what a firewall cuts earlier fails in the hands of its borrower.`;
}

function checkWaiting({ alias, pool }: DatabaseFacts): Finding[] {
  if (pool.acquireTimeout !== Infinity) return [];
  return [
    {
      severity: 'warning',
      check: 'acquire_timeout',
      about: alias,
      seen: 'Callers wait for a connection for ever.',
      why: 'When the pool is empty the program stands still, and no error tells why.',
      change: `Set ${lineOf(pool, 'acquireTimeout')} to ${shownIn(pool, 'acquireTimeout', 30_000)}.`,
    },
  ];
}

const off = (value: number): string => (value === 0 ? 'off' : duration(value));

/** Where an option is set, in a form that the user can find. */
export const lineOf = ({ lines }: PoolFacts, name: string): string => lines[name]?.line ?? name;

/** Formats a duration in the unit that is used where the option is set. */
function shownIn({ lines }: PoolFacts, name: string, ms: number): string {
  return lines[name]?.unit === 'seconds' ? `${Math.floor(ms / 1_000)} (seconds)` : `${Math.floor(ms)} (ms)`;
}
