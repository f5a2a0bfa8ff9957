/** The gate in front of a connection's commands, with a fake in place of mysql2 that sends nothing. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { Command } from '#internal/mysql/driver.js';
import { Gate, type Guard } from '#internal/mysql/gate.js';
import { LONGEST_TIMER } from '#internal/pool/clock.js';

interface Said {
  readonly code?: string;
  readonly cause?: unknown;
}

function scene() {
  const inLine: Command[] = [];
  const sent: unknown[] = [];
  let isOwn = false;
  const connection = {
    _commands: inLine,
    addCommand: (command: Command) => sent.push(isOwn ? command.sql : `not as the pool: ${String(command.sql)}`),
    _addCommandClosedState: (command: Command) => sent.push(`closed: ${String(command.sql)}`),
  };
  const session = {
    connection: connection as never,
    host: { pool: 'shop' },
    inTransaction: false,
    own<T>(send: () => T): T {
      isOwn = true;
      try {
        return send();
      } finally {
        isOwn = false;
      }
    },
  };
  return { gate: new Gate(session), inLine, sent, session, connection };
}

/** A statement, and the results that its borrower gets. */
function statement(sql: string, more: object = {}): Command & { readonly said: Said[] } {
  const said: Said[] = [];
  const onResult = (error: Said): void => void said.push(error);
  return Object.assign(new EventEmitter(), { sql, said, onResult, start: () => null }, more) as never;
}

describe('the gate before a connection', () => {
  it('holds back what stands in line and what comes, in its order, until all pauses are over', () => {
    const { gate, inLine, sent } = scene();
    assert.equal(gate.pass(statement('free')), true);
    inLine.push(statement('a'), statement('b'));
    gate.pause();
    assert.equal(gate.pass(statement('c')), false);
    // Commands that are already queued then are the pool's own.
    inLine.push(statement('the pool’s own'));
    gate.pause();
    assert.equal(inLine.length, 1);
    gate.resume();
    assert.equal(gate.pass(statement('d')), false);
    assert.deepEqual(sent, []);
    gate.resume();
    assert.deepEqual(sent, ['a', 'b', 'c', 'd']);
    assert.equal(gate.pass(statement('free')), true);
    gate.pause();
    gate.resume();
    assert.deepEqual(sent, ['a', 'b', 'c', 'd', 'the pool’s own'], 'nothing is sent twice');
  });

  it('shows each command to the guard when it is given, and again when it may be sent, not before', () => {
    const { gate, sent } = scene();
    const given: unknown[] = [];
    const seen: unknown[] = [];
    const guard: Partial<Guard> = {
      given: ({ sql }) => void given.push(sql),
      sending: ({ sql }) => void seen.push(sql),
    };
    gate.guard = guard as Guard;
    gate.pass(statement('a'));
    gate.pause();
    gate.pass(statement('b'));
    assert.deepEqual([given, seen], [['a', 'b'], ['a']]);
    gate.resume();
    assert.deepEqual([seen, sent], [['a', 'b'], ['b']]);
  });

  it('answers with the loss what comes after it, and what has waited, and tells once who wants to know', () => {
    const { gate, connection, sent } = scene();
    const told: unknown[] = [];
    gate.onLoss((cause) => told.push(cause));
    gate.onLoss((cause) => told.push(cause))();
    const [waiting, late] = [statement('waiting'), statement('late')];
    connection._addCommandClosedState(statement('before'));
    assert.deepEqual(sent, ['closed: before']);
    gate.pause();
    gate.pass(waiting);
    const cause = new Error('gone');
    gate.lose(cause);
    gate.lose(new Error('again'));
    gate.resume();
    gate.pass(late);
    for (const command of [waiting, late]) {
      (command.start as () => unknown)();
      assert.deepEqual(
        command.said.map((error) => [error.code, error.cause]),
        [['MYSQL_CONNECTION_LOST', cause]],
      );
    }
    const closed = statement('closed');
    connection._addCommandClosedState(closed);
    assert.equal(closed.said[0]?.code, 'MYSQL_CONNECTION_LOST');
    assert.deepEqual([told, gate.loss], [[cause], cause]);
    // Commands that are no statements, such as COM_QUIT, pass.
    const quit = statement('', { sql: undefined });
    gate.pass(quit);
    (quit.start as () => unknown)();
    assert.deepEqual(quit.said, []);
  });

  it('lets whoever guards late know only of failures in a transaction that nobody guards', () => {
    const { gate, session } = scene();
    const told: string[] = [];
    gate.failed(undefined, new Error());
    gate.guardLate = () => told.push('late');
    gate.failed(undefined, new Error());
    assert.equal(told.length, 0);
    session.inTransaction = true;
    gate.failed(undefined, new Error());
    gate.guard = { failed: () => told.push('guard') } as unknown as Guard;
    gate.failed(undefined, new Error());
    assert.deepEqual(told, ['late', 'guard']);
  });

  it('takes a timeout that no timer can count to for none', () => {
    const { gate } = scene();
    for (const [given, expected] of [
      [LONGEST_TIMER, LONGEST_TIMER],
      [LONGEST_TIMER + 1, undefined],
      [undefined, undefined],
    ] as const) {
      const command = statement('SELECT 1', { timeout: given });
      gate.pass(command);
      assert.equal(command.timeout, expected);
    }
  });
});
