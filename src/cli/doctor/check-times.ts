import { duration } from '../../monitor/duration.js';
import { figure, type DatabaseFacts, type Facts, type PoolFacts } from './facts.js';
import type { Finding } from './finding.js';

/** The server closes what is silent for wait_timeout: the pool should be quicker. */
export function checkTimes({ databases }: Facts): Finding[] {
  return databases.flatMap((database) => [...checkWaitTimeout(database), ...checkWaiting(database)]);
}

function checkWaitTimeout({ alias, pool, server }: DatabaseFacts): Finding[] {
  if (server.kind !== 'answered') return [];
  const seconds = figure(server.facts, 'wait_timeout');
  if (seconds === undefined || seconds <= 0) return [];
  const wait = seconds * 1_000;
  const found = { check: 'wait_timeout', about: alias };
  const closes = `the server closes a connection after ${duration(wait)} of silence (wait_timeout)`;
  const wrong = (['idleTimeout', 'maxLifetime'] as const).filter(
    (name) => pool.chosen.has(name) && isAbove(pool[name], wait),
  );
  if (wrong.length > 0) {
    return wrong.map((name) => ({
      ...found,
      severity: 'warning',
      seen: `${pool.lines[name]?.name ?? name} is ${off(pool[name])}, but ${closes}.`,
      why: whyOf(name, pool),
      change: `Set ${lineOf(pool, name)} below ${shownIn(pool, name, wait)}, for instance ${shownIn(pool, name, wait * 0.9)}.`,
    }));
  }
  if (isAbove(pool.idleTimeout, wait) || isAbove(pool.maxLifetime, wait)) {
    return [
      {
        ...found,
        severity: 'note',
        seen: `maxLifetime is ${off(pool.maxLifetime)} and idleTimeout ${off(pool.idleTimeout)}, by default, and ${closes}.`,
        why: 'Nothing breaks: the pool learns of it and closes or pings idle connections sooner.',
      },
    ];
  }
  return [{ ...found, severity: 'ok', seen: `Connections are replaced before they are idle for too long: ${closes}.` }];
}

function whyOf(name: 'idleTimeout' | 'maxLifetime', { ping }: PoolFacts): string {
  if (name === 'idleTimeout')
    return 'The pool closes idle connections sooner than you chose: what you set is not what happens.';
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

/** 0 is never. */
const isAbove = (value: number, wait: number): boolean => value === 0 || value > wait;
const off = (value: number): string => (value === 0 ? 'off' : duration(value));

/** How an option is called where it is written. */
export const lineOf = ({ lines }: PoolFacts, name: string): string => lines[name]?.line ?? name;

/** A duration in the unit of the place where it is written. */
function shownIn({ lines }: PoolFacts, name: string, ms: number): string {
  return lines[name]?.unit === 'seconds' ? `${Math.floor(ms / 1_000)} (seconds)` : `${Math.floor(ms)} (ms)`;
}
