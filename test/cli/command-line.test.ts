import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mysqlpool } from './support/command.js';

const manifest = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
};

async function refused(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await mysqlpool(args);
  assert.equal(status, 2, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^mysqlpool: [^\n]+\n$/);
  return stderr.slice('mysqlpool: '.length, -1);
}

describe('the command line', () => {
  it('is a program, by its first line', () => {
    const main = join(__dirname, '../../..', manifest.bin['mysqlpool']!);
    assert.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/);
  });

  it('fails when its output cannot be written', () => {
    const main = join(__dirname, '../../..', manifest.bin['mysqlpool']!);
    // On a full disk, as /dev/full is; elsewhere a file that is open for reading only.
    const place = existsSync('/dev/full') ? openSync('/dev/full', 'w') : openSync(__filename, 'r');
    try {
      const { status, stderr } = spawnSync(process.execPath, [main, '--help'], { stdio: ['ignore', place, 'pipe'] });
      assert.equal(status, 1);
      assert.match(String(stderr), /^mysqlpool: the output cannot be written: [^\n]+\n$/);
    } finally {
      closeSync(place);
    }
  });

  it('tells the version of the package', async () => {
    for (const option of ['--version', '-v']) {
      const { status, stdout, stderr } = await mysqlpool([option]);
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${manifest.version}\n`, stderr: '' });
    }
  });

  it('lists its commands', async () => {
    const { status, stdout } = await mysqlpool(['--help']);
    assert.equal(status, 0);
    assert.equal(
      stdout,
      `mysqlpool looks into the connection pools of running programs and at their settings, and is a
gateway for programs in any language.

Usage: mysqlpool COMMAND [options]

  status   what the pools of a running program are like now
  top      the same, refreshed each second, with loans, waiters, leaks and events
  monitor  serve one page for the monitors of several processes
  doctor   check the settings against the server, and say what is wrong or risky
  fleet    which processes have how many sessions of an account, and its limit
  gateway  pool the sessions of a server for programs in any language
  docs     the documentation that came with the package

mysqlpool help COMMAND tells more about one of them.
mysqlpool --version prints the version.
`,
    );
    for (const other of [['help'], ['-h'], ['help', '--help']]) assert.equal((await mysqlpool(other)).stdout, stdout);
  });

  it('explains each command with its options and exit statuses, in two ways', async () => {
    for (const name of ['status', 'top', 'monitor', 'doctor', 'gateway', 'docs']) {
      const { status, stdout } = await mysqlpool(['help', name]);
      assert.equal(status, 0);
      assert.match(stdout, new RegExp(`^Usage: mysqlpool ${name} `));
      assert.match(stdout, /--no-color /);
      assert.match(stdout, /Exit status: 0 /);
      assert.ok(stdout.split('\n').every((line) => line.length <= 100));
      assert.equal((await mysqlpool([name, '--help'])).stdout, stdout);
    }
  });

  it('refuses what it does not know, with the nearest word it does', async () => {
    assert.equal(await refused(), 'which command? See mysqlpool --help');
    assert.equal(await refused('stauts'), 'unknown command "stauts" (did you mean "status"?); see mysqlpool --help');
    assert.equal(await refused('frobnicate'), 'unknown command "frobnicate"; see mysqlpool --help');
    assert.equal(await refused('help', 'tpo'), 'unknown command "tpo" (did you mean "top"?); see mysqlpool --help');
    assert.equal(await refused('help', 'top', 'x'), 'unexpected "x"; see mysqlpool --help');
    assert.equal(
      await refused('--vesion'),
      'unknown option "--vesion" (did you mean "--version"?); see mysqlpool --help',
    );
    assert.equal(
      await refused('status', '--jsn'),
      'unknown option "--jsn" (did you mean "--json"?); see mysqlpool help status',
    );
    assert.equal(await refused('doctor', '-j'), 'unknown option "-j"; see mysqlpool help doctor');
    assert.equal(await refused('status', '1', '2'), 'unexpected "2"; see mysqlpool help status');
    assert.equal(await refused('doctor', 'x'), 'unexpected "x"; see mysqlpool help doctor');
  });

  it('refuses values that do not fit, and never shows a secret', async () => {
    assert.equal(await refused('status', '--json=yes'), 'option "--json" takes no value');
    assert.equal(await refused('status', '--json', '--json'), 'option "--json" is given twice');
    assert.equal(await refused('doctor', '--processes'), 'option "--processes" needs a value: --processes N');
    assert.equal(await refused('doctor', '--config', '--json'), 'option "--config" needs a value: --config FILE');
    assert.equal(
      await refused('doctor', '--processes', 'two'),
      'option "--processes": expected a whole number from 1 to 100000, got "two"',
    );
    assert.equal(
      await refused('monitor', '1', '--port', '65536'),
      'option "--port": expected a whole number from 0 to 65535, got "65536"',
    );
    const database = 'mysql://app:very-secret@127.0.0.1/shop';
    assert.equal(
      await refused('doctor', database),
      'unexpected "mysql://…" (did you mean "--url URL"?); see mysqlpool help doctor',
    );
    assert.equal(await refused(database), 'unknown command "mysql://…"; see mysqlpool --help');
    assert.equal(await refused('docs', database), 'there is no page "mysql://…"; mysqlpool docs lists them');
    assert.equal(
      await refused('status', '9339', 'http://127.0.0.1:9340/?token=very-secret'),
      'unexpected "http://…"; see mysqlpool help status',
    );
    assert.doesNotMatch(await refused('status', 'ftp://127.0.0.1/?token=very-secret'), /very-secret/);
    assert.doesNotMatch(await refused('top', 'http://user:very-secret@127.0.0.1/'), /very-secret/);
  });

  it('shows nothing of what was typed that a terminal would obey', async () => {
    assert.equal(await refused('\u001B[2Jx'), String.raw`unknown command "\u001b[2Jx"; see mysqlpool --help`);
    assert.equal(
      await refused('status', '--\u009B2J'),
      String.raw`unknown option "--\u009b2J"; see mysqlpool help status`,
    );
  });

  it('wants to know which monitor', async () => {
    assert.match(await refused('status'), /^which monitor\? Give its address .* or set MYSQLPOOL_MONITOR$/);
    assert.match(await refused('monitor'), /^which monitors\? /);
  });
});

describe('the commands that ask a monitor', () => {
  it('do without the driver', () => {
    const code = `require(${JSON.stringify(join(__dirname, '../../../dist/cli/commands.js'))});
      console.log(Object.keys(require.cache).filter((path) => /node_modules.mysql2/.test(path)).length)`;
    const { stdout, status } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    assert.deepEqual({ stdout, status }, { stdout: '0\n', status: 0 });
  });
});
