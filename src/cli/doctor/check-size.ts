import type { DatabaseFacts, Facts, PoolFacts } from './facts.js';
import { lineOf } from './check-times.js';
import type { Finding } from './finding.js';

/**
 * Checks for pools that are too small for code which needs two connections at once. Whether the program has such code
 * cannot be seen from its settings.
 */
export function checkSize(facts: Facts): Finding[] {
  const pools = new Map(facts.databases.map((database) => [database.poolKey, database]));
  return [...[...pools.values()].flatMap(checkPool), ...checkTotal(facts, pools.size)];
}

function checkPool({ alias, pool }: DatabaseFacts): Finding[] {
  const found = { check: 'nested_use', about: alias };
  if (pool.poolClass === 'AssertionPool') {
    return [
      {
        ...found,
        severity: 'note',
        seen: 'An AssertionPool has one connection, and a second loan fails at once.',
        why: 'It is meant for tests, to find code that takes two.',
      },
    ];
  }
  if (pool.poolClass === 'StaticPool') {
    return [
      {
        ...found,
        severity: 'warning',
        seen: 'A StaticPool has one connection, which all callers share.',
        why: 'Whatever runs at the same time shares its transactions, its locks and its session variables.',
        change: 'Use a QueuePool for anything but tests and scripts.',
      },
    ];
  }
  if (pool.maxSize !== 1) {
    return [
      {
        ...found,
        severity: 'ok',
        seen: `The pool has room for callers that need two connections at once (${size(pool)}).`,
      },
    ];
  }
  if (pool.contextLocal) {
    return [
      {
        ...found,
        severity: 'note',
        seen: 'The pool has one connection; within autoCloseDb callers share it (contextLocal).',
        why: 'Outside of autoCloseDb, code that takes a second connection while it holds the first waits for itself until it times out.',
      },
    ];
  }
  return [
    {
      ...found,
      severity: 'warning',
      seen: 'The pool has one connection.',
      why: 'Code that takes a second connection while it holds the first, such as a query through the pool inside of a transaction, waits for itself until it times out. Whether yours does so cannot be seen from here.',
      change: `Set ${lineOf(pool, 'maxSize')} to 2 or more: n callers at the same time that need k connections each need n x (k - 1) + 1.`,
    },
  ];
}

const size = ({ maxSize }: PoolFacts): string => (maxSize === Infinity ? 'no limit' : `at most ${maxSize}`);

/** If a process may have fewer connections than it has pools, code that uses all databases at once waits for itself. */
function checkTotal({ maxTotal, maxTotalAt }: Facts, pools: number): Finding[] {
  if (maxTotal >= pools || pools < 2) return [];
  return [
    {
      severity: 'warning',
      check: 'nested_use',
      about: 'all databases',
      seen: `The process may have ${maxTotal} connections in all, and there are ${pools} pools.`,
      why: 'Code that uses all of these databases at the same time waits for itself until it times out.',
      change: `Set ${maxTotalAt} to ${pools} or more.`,
    },
  ];
}
