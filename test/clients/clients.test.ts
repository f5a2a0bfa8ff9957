import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { read, UsageError } from './arguments.js';
import { CLIENTS, QUICK } from './clients.js';
import { differences, surprises } from './compare.js';
import type { Answer, Outcome } from './program.js';

function outcome(answers: Readonly<Record<string, Answer>>, failure?: string): Outcome {
  return { client: 'one', answers: new Map(Object.entries(answers)), failure };
}

describe('the test of real clients', () => {
  it('knows a program for each client, and the clients of the short run', () => {
    const programs = join(__dirname, '../../../test/clients/programs');
    for (const { name, program } of CLIENTS) {
      if (program !== undefined) assert.ok(existsSync(join(programs, program)), name);
    }
    assert.deepEqual(
      read(['--quick'])?.clients.map(({ name }) => name),
      QUICK,
    );
  });

  it('reads its command line, and says what is wrong with it', () => {
    assert.deepEqual(read(['--server', 'mysql'])?.servers, ['mysql']);
    assert.deepEqual(read(['--through', 'relay,127.0.0.1:3307'])?.through, ['relay', '127.0.0.1:3307']);
    assert.equal(read(['--django'])?.work, 'django');
    assert.equal(read(['php', '--help']), undefined);
    for (const [args, message] of [
      [['--through', 'nothing'], /--through: expected/],
      [['--server', 'oracle'], /--server: expected mariadb or mysql, got oracle/],
      [['--server'], /--server: expected a value/],
      [['--fast'], /unknown option --fast/],
      [['cobol'], /no client cobol; there are npm-mysql2/],
    ] as const) {
      assert.throws(
        () => read(args),
        (error: Error) => error instanceof UsageError && message.test(error.message),
      );
    }
  });

  it('finds an answer that differs, one that is missing and a program that does not come to its end', () => {
    const expected = outcome({ select: { result: '1' }, rollback: { result: ['1', '0'] }, lock: { result: [] } });
    assert.equal(differences(expected, expected).size, 0);
    const got = outcome({ select: { result: '1' }, rollback: { result: ['1', '1'] } }, 'exit code 1: gone');
    assert.deepEqual(Object.fromEntries(differences(expected, got)), {
      rollback: '{"result":["1","1"]}, directly {"result":["1","0"]}',
      lock: 'no answer',
      end: 'exit code 1: gone',
    });
  });

  it('does not mind the number of a connection in a message', () => {
    const message = (id: number): Outcome =>
      outcome({ duplicate: { error: ['1062', `(conn=${id}) Duplicate entry`] } });
    assert.equal(differences(message(7), message(12)).size, 0);
  });

  it('says what a client should not have got directly, unless the server cannot let it in', () => {
    assert.deepEqual([...surprises(outcome({ select: { result: '2' }, unknown: { result: 3 } })).keys()], ['select']);
    assert.deepEqual([...surprises(outcome({ unknown: { error: ['2006', 'gone'] } })).keys()], ['unknown']);
    assert.equal(surprises(outcome({ connect: { error: ['1251', 'authentication protocol'] } })).size, 0);
  });
});
