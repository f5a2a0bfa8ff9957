/** Several commands as one, without a server. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MysqlConnection } from '#internal/mysql/driver.js';
import { Pipeline } from '#internal/mysql/pipeline.js';

/** @param lengths of how many packets the answer to each command is */
function scene(lengths: readonly number[], stream: object = {}) {
  const log: string[] = [];
  const commands = lengths.map((length, nth) => {
    let left = length;
    return {
      execute(packet: string | undefined, to: MysqlConnection): boolean {
        assert.equal(to, connection);
        log.push(packet === undefined ? `send ${nth}` : `${packet} for ${nth}`);
        inside.sequenceId = 99;
        return packet !== undefined && --left === 0;
      },
      onResult: (error: unknown) => log.push(`${nth}: ${String(error)}`),
    };
  });
  const noted = (name: string) => () => log.push(name);
  const inside = { sequenceId: 0, stream: { cork: noted('cork'), uncork: noted('uncork'), ...stream } };
  const connection = inside as unknown as MysqlConnection;
  const pipeline = new Pipeline(commands as never);
  const took = (): string[] => log.splice(0);
  return { pipeline, connection, inside, took };
}

describe('several commands as one', () => {
  it('are sent in one write, and take their answers one after the other', () => {
    const { pipeline, connection, inside, took } = scene([1, 2, 1]);
    assert.equal(pipeline.execute(undefined, connection), false);
    assert.deepEqual(took(), ['cork', 'send 0', 'send 1', 'send 2', 'uncork']);
    assert.equal(inside.sequenceId, 1);
    const over = ['a', 'b', 'c', 'd'].map((packet) => {
      const isOver = pipeline.execute(packet as never, connection);
      return `${packet} ${isOver} ${inside.sequenceId}`;
    });
    // Within an answer mysql2 counts its packets.
    assert.deepEqual(over, ['a false 1', 'b false 99', 'c false 1', 'd true 1']);
    assert.deepEqual(took(), ['a for 0', 'b for 1', 'c for 1', 'd for 2']);
  });

  it('are sent on streams that cannot hold back what is written', () => {
    const { pipeline, connection, took } = scene([1], { cork: undefined, uncork: undefined });
    pipeline.execute(undefined, connection);
    assert.deepEqual(took(), ['send 0']);
  });

  it('are told of a loss as far as they have not been answered, sent or not', () => {
    const { pipeline, connection, took } = scene([1, 1, 1]);
    pipeline.onResult('lost');
    assert.deepEqual(took(), ['0: lost', '1: lost', '2: lost']);
    pipeline.execute(undefined, connection);
    pipeline.execute('a' as never, connection);
    took();
    pipeline.onResult('lost');
    assert.deepEqual(took(), ['1: lost', '2: lost']);
  });

  it('are nothing that anybody listens to', () => {
    const { pipeline } = scene([1]);
    assert.equal(pipeline.listenerCount(), 0);
    assert.deepEqual([pipeline.on(), pipeline.emit()], [undefined, undefined]);
  });
});
