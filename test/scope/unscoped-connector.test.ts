import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Connector } from 'node-mysqlpool/pool';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { borrowerHere } from '#internal/scope/borrower.js';
import { unscoped } from '#internal/scope/unscoped-connector.js';

const METHODS = [
  'attach', 'open', 'ping', 'clean', 'close', 'destroy', 'lingers', 'loanEnded', 'watchEnd', 'busy', 'recent', 'classify',
  'hookOfDials',
] as const; // prettier-ignore

type Called = Record<(typeof METHODS)[number], (...args: unknown[]) => unknown>;

it('a connector that opens outside of scopes is otherwise the one that it stands for, in every method', () => {
  const answers: Partial<Record<string, unknown>> = { watchEnd: true, busy: true };
  const calls: unknown[] = [];
  const own = Object.fromEntries(
    METHODS.map((name) => [
      name,
      (...args: unknown[]) => {
        calls.push([name, ...args, borrowerHere() !== undefined]);
        return answers[name] ?? `answer of ${name}`;
      },
    ]),
  ) as unknown as Connector<unknown>;
  const given = unscoped(own) as unknown as Called;
  assert.deepEqual(Object.keys(given).toSorted(), [...METHODS].toSorted());
  autoCloseDb.run(() => {
    for (const name of METHODS) assert.equal(given[name]('a', 'b'), answers[name] ?? `answer of ${name}`, name);
  });
  const withOne = new Set(['attach', 'open', 'ping', 'close', 'lingers', 'loanEnded', 'busy', 'recent', 'classify']);
  const withNone = new Set(['hookOfDials']);
  assert.deepEqual(
    calls,
    METHODS.map((name) => [
      name,
      ...(withNone.has(name) ? [] : withOne.has(name) ? ['a'] : ['a', 'b']),
      name !== 'open' && name !== 'loanEnded',
    ]),
  );
});

it('says for one that lacks what need not be there what the engine takes that for', () => {
  const none = (): undefined => undefined;
  const given = unscoped({
    open: none,
    ping: none,
    clean: none,
    close: none,
    destroy: none,
  } as never) as unknown as Called;
  const answers = METHODS.filter((name) => !['open', 'ping', 'clean', 'close', 'destroy'].includes(name)).map(
    (name) => [name, given[name]()],
  );
  assert.deepEqual(Object.fromEntries(answers), {
    attach: undefined,
    lingers: undefined,
    loanEnded: undefined,
    watchEnd: false,
    busy: false,
    recent: [],
    classify: 'transient',
    hookOfDials: undefined,
  });
});
