import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { read, UsageError } from '#chaos/arguments.js';
import { Random } from '#chaos/random.js';

const refused = (args: string[], message: RegExp): void => {
  assert.throws(
    () => read(args),
    (error) => error instanceof UsageError && message.test(error.message),
    args.join(' '),
  );
};

describe('npm run chaos', () => {
  it('runs on every server for two minutes, with a seed of its own', () => {
    const { minutes, servers, json, fleet, help, seed } = read([]);
    assert.deepEqual(
      { minutes, servers, json, fleet, help },
      { minutes: 2, servers: ['mariadb', 'mysql'], json: false, fleet: false, help: false },
    );
    assert.ok(Number.isInteger(seed));
  });

  it('takes what it is told, with a space or an equals sign', () => {
    const given = { help: false, json: true, fleet: false, minutes: 0.5, seed: 42, servers: ['mysql'] };
    assert.deepEqual(read(['--minutes', '0.5', '--seed', '42', '--json', '--server', 'mysql']), given);
    assert.deepEqual(read(['--minutes=0.5', '--seed=42', '--json', '--server=mysql']), given);
    assert.equal(read(['--fleet']).fleet, true);
    assert.equal(read(['--help']).help, true);
  });

  it('says what it does not know, and what was meant', () => {
    refused(['--minute', '1'], /^unknown option "--minute" \(did you mean "--minutes"\?\); there are: --minutes, /);
    refused(['2'], /^unknown option "2"; there are: /);
    refused(['--server', 'maria'], /^unknown server "maria".*; there are: mariadb, mysql$/);
    refused(['--json=yes'], /^--json takes no value, got "yes"$/);
  });

  it('refuses values that are none', () => {
    for (const name of ['--minutes', '--server', '--seed']) {
      refused([name], new RegExp(`^${name}: expected a value$`));
      refused([name, '--json'], new RegExp(`^${name}: expected a value$`));
      refused([`${name}=`], new RegExp(`^${name}: expected a value$`));
    }
    for (const text of ['0', '0.1', '-1', 'long', 'NaN', 'Infinity', '1441', ' ']) {
      refused(['--minutes', text], new RegExp(`^--minutes: expected minutes from 0.2 to 1440, got "${text}"$`));
    }
    for (const text of ['-1', '1.5', 'x', '4294967296']) {
      refused(['--seed', text], new RegExp(`^--seed: expected a whole number from 0 to 4294967295, got "${text}"$`));
    }
  });

  it('chooses the same with the same seed, and all there is', () => {
    const choices = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 200 }, () => random.int(1, 6));
    };
    assert.deepEqual(choices(7), choices(7));
    assert.notDeepEqual(choices(7), choices(8));
    assert.deepEqual(
      [...new Set(choices(7))].toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6],
    );
  });
});
