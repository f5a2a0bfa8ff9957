import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { columnsIn } from '#internal/cli/text.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { mysqlpool, startMysqlpool } from './support/command.js';
import { OBEYED } from './support/obeyed.js';
import { startProgram, type Program } from './support/start-program.js';
import { inTerminal, type InTerminal } from './support/terminal.js';

const NOBODY = 'mysql://u:p@127.0.0.1:1/none';
const GIVEN_BACK = '\u001B[?25h\u001B[?1049l';

/** Refuses so many requests at the port, one after the other. */
async function refusals(port: number, count: number): Promise<void> {
  let refused = 0;
  const server = createServer((_request, response) => {
    refused++;
    response.writeHead(503, { connection: 'close' }).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await until(() => refused >= count);
  await new Promise((resolve) => server.close(resolve));
}

function given(command: InTerminal): void {
  assert.equal(command.terminal.isTaken, false);
  assert.ok(command.terminal.text.endsWith(GIVEN_BACK), JSON.stringify(command.terminal.text.slice(-40)));
  assert.equal(command.keys.isRaw, false);
  assert.equal(command.keys.isFlowing, false);
  assert.equal(command.keys.listenerCount('data'), 0);
  assert.equal(command.terminal.listenerCount('resize'), 0);
  assert.equal(command.atExit.size, 0);
}

eachServer('mysqlpool top in a window', (kind, getServer) => {
  it('shows loans with call site and last statement, callers in line and leaks, as they come and go', async (t) => {
    const program = await startProgram(t, (await getServer()).url(), { maxSize: 1, leakThreshold: 50 });
    const top = inTerminal(t, ['top', program.url], 160, 50);
    await top.shows('shop  open');
    await program.do({ do: 'hold', pool: 'shop', label: 'nightly', sql: 'SELECT 1 AS one' });
    await top.shows('nightly');
    await program.do({ do: 'wait', pool: 'shop', label: 'checkout', timeout: 60_000 });
    await top.shows('SUSPECTED LEAKS  1');
    await top.shows('WAITING  1');
    const text = top.terminal.lines.join('\n');
    assert.ok(!text.includes('LOANS  '));
    assert.match(text, /^ *[\d.]+ m?s +nightly +hold \(.*program\.(js|ts):\d+:\d+\) +SELECT \? AS one$/m);
    assert.match(text, /^WAITING  1$/m);
    assert.match(text, /^ *[\d.]+ m?s +[\d.]+ s +checkout +\S+ \(.*program\.(js|ts):\d+:\d+\)$/m);
    assert.match(text, /^\d\d:\d\d:\d\d connection 1 opened in /m);
    await program.do({ do: 'release' });
    await until(
      () => !top.terminal.shows('LEAKS  ') && !top.terminal.shows('LOANS  ') && !top.terminal.shows('WAITING  '),
    );
    top.keys.press('q');
    assert.equal(await top.end, 0);
    given(top);
  });

  it(`shows how many of the connections of ${kind} are taken`, async (t) => {
    const program = await startProgram(t, (await getServer()).url());
    await program.do({ do: 'hold', pool: 'shop' });
    await program.do({ do: 'release' });
    const top = inTerminal(t, ['top', program.url], 160, 50);
    await until(() => top.terminal.lines.some((line) => /^shop .* \d+\/\d+$/.test(line)));
  });
});

describe('the window of mysqlpool top', () => {
  const start = async (t: TestContext, columns = 80, rows = 24): Promise<{ top: InTerminal; program: Program }> => {
    const program = await startProgram(t, NOBODY);
    const top = inTerminal(t, ['top', program.url], columns, rows);
    await top.shows('shop');
    return { top, program };
  };

  it('is taken, with the cursor hidden and keys as they come', async (t) => {
    const { top } = await start(t);
    assert.ok(top.terminal.text.startsWith('\u001B[?1049h\u001B[?25l'));
    assert.equal(top.keys.isRaw, true);
  });

  it('is given back on q, Ctrl-C, Ctrl-D, and a signal', async (t) => {
    for (const key of ['q', 'Q', '\u0003', '\u0004']) {
      const { top } = await start(t);
      top.keys.press(key);
      assert.equal(await top.end, 0);
      given(top);
    }
    const { top } = await start(t);
    top.signals.abort();
    assert.equal(await top.end, 0);
    given(top);
  });

  it('is given back when the process ends without waiting for anything', async (t) => {
    const { top } = await start(t);
    for (const listener of top.atExit) listener();
    assert.ok(top.terminal.text.endsWith(GIVEN_BACK));
    assert.equal(top.keys.isRaw, false);
  });

  it('takes other keys for nothing', async (t) => {
    const { top } = await start(t);
    for (const keys of ['x', '\u001B[A', '\u001Bq', '\r', 'é']) top.keys.press(keys);
    const { length } = top.terminal.text;
    await until(() => top.terminal.text.length > length);
    assert.equal(top.terminal.isTaken, true);
  });

  it('is drawn again at once when its size changes, and fits', async (t) => {
    const { top } = await start(t);
    for (const [columns, rows] of [
      [40, 20],
      [20, 5],
      [200, 60],
      [1, 1],
    ] as const) {
      const { length } = top.terminal.text;
      top.terminal.resize(columns, rows);
      const drawn = top.terminal.text.slice(length);
      assert.ok(drawn.startsWith('\u001B[2J\u001B[H'), JSON.stringify(drawn.slice(0, 20)));
      const { lines } = top.terminal;
      assert.ok(lines.length <= rows, `${lines.length} lines in ${rows} rows`);
      for (const line of lines) assert.ok(columnsIn(line) <= Math.max(1, columns - 1), `${columns}: ${line}`);
    }
  });

  it('is given back when the terminal cannot be drawn on any more', async (t) => {
    const { top } = await start(t);
    top.terminal.tear();
    top.terminal.resize(50, 10);
    await assert.rejects(top.end, /the terminal is gone/);
    assert.equal(top.keys.isRaw, false);
  });

  it('is not taken at all when nobody answers', async (t) => {
    const top = inTerminal(t, ['top', '127.0.0.1:1'], 80, 24);
    assert.equal(await top.end, 3);
    assert.equal(top.terminal.text, '');
    assert.match(top.errors, /^mysqlpool: no report from http:\/\/127\.0\.0\.1:1\/: /);
  });

  it('says that the program is gone, keeps what it knew, and goes on when it is back', async (t) => {
    const { top, program } = await start(t);
    const port = Number(new URL(program.url).port);
    await program.kill();
    await top.shows('asking again');
    assert.match(top.terminal.lines[1]!, /^no answer since [\d.]+ m?s: .*; asking again$/);
    assert.ok(top.terminal.shows('shop'));
    const next = await startProgram(t, NOBODY, { name: 'risen' }, { port });
    await top.shows('risen');
    assert.ok(top.terminal.shows(`${next.pid}@`));
    assert.equal(top.terminal.isTaken, true);
    await until(() => !top.terminal.shows('answer'));
  });

  it('has colour, unless it is not wanted', async (t) => {
    const program = await startProgram(t, NOBODY);
    const coloured = inTerminal(t, ['top', program.url], 80, 24);
    const plain = inTerminal(t, ['top', '--no-color', program.url], 80, 24);
    const spared = inTerminal(t, ['top', program.url], 80, 24, { NO_COLOR: '1' });
    for (const top of [coloured, plain, spared]) await top.shows('shop');
    const hasColour = ({ terminal }: InTerminal): boolean => /\p{Cc}\[\d+m/u.test(terminal.text);
    assert.deepEqual([coloured, plain, spared].map(hasColour), [true, false, false]);
  });

  it('never lets a label or a statement write to the terminal', async (t) => {
    const program = await startProgram(t, NOBODY, { name: 'evil\u001B]0;title\u0007\u009B31m' });
    const top = inTerminal(t, ['top', '--no-color', program.url], 80, 24);
    await top.shows('evil');
    const own = top.terminal.text.replaceAll(/\p{Cc}\[(?:\?\d+[hl]|[HJK]|2J)/gu, '');
    assert.doesNotMatch(own.replaceAll('\r\n', ''), OBEYED);
  });
});

describe('mysqlpool top without a terminal', () => {
  it('writes a line a second for each pool, without escape sequences, until it is told to end', async (t) => {
    const program = await startProgram(t, NOBODY);
    const top = startMysqlpool(t, ['top', program.url]);
    await until(() => top.stdout.split('\n').length > 2);
    top.child.kill('SIGINT');
    const { status, stdout, stderr } = await top.end;
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    for (const line of stdout.trimEnd().split('\n')) {
      assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z shop: open, 0 of 2 open, 0 in use, 0 waiting, /);
    }
  });

  it('says on stderr when the program is gone and when it is back', async (t) => {
    const program = await startProgram(t, NOBODY);
    const port = Number(new URL(program.url).port);
    const top = startMysqlpool(t, ['top', program.url]);
    await until(() => top.stdout !== '');
    await program.kill();
    await until(() => top.stderr.includes('asking again'));
    await refusals(port, 3);
    await startProgram(t, NOBODY, { name: 'risen' }, { port });
    await until(() => top.stdout.includes('risen') && top.stderr.includes('it answers again, after'));
    const lines = top.stderr.trimEnd().split('\n');
    assert.ok(lines.every((line) => line.startsWith('mysqlpool: ')));
    const problems = lines.map((line) => line.replace(/since [\d.]+ m?s/, 'since'));
    assert.ok(
      problems.every((problem, index) => problem !== problems[index - 1]),
      top.stderr,
    );
  });

  it('ends in peace when nobody reads on', async (t) => {
    const program = await startProgram(t, NOBODY);
    const top = startMysqlpool(t, ['top', program.url]);
    await until(() => top.stdout !== '');
    top.child.stdout!.destroy();
    const { status, stderr } = await top.end;
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });

  it('shows everything once, with the exit status of status', async (t) => {
    const program = await startProgram(t, NOBODY);
    const { status, stdout, stderr } = await mysqlpool(['top', '--once', program.url]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /^mysqlpool top {2}http:\/\/127\.0\.0\.1:\d+\/ +\d\d:\d\d:\d\d\n/);
    assert.ok(!stdout.includes('\u001B') && !stdout.includes('q quits'));
    await program.do({ do: 'wait', pool: 'shop', timeout: 60_000 });
    await until(async () => (await mysqlpool(['top', '--once', program.url])).status === 1);
  });

  it('has colour when it is asked for', async (t) => {
    const program = await startProgram(t, NOBODY);
    const env = { FORCE_COLOR: '1' };
    const coloured = await mysqlpool(['status', program.url], { env });
    assert.ok(coloured.stdout.includes('\u001B[32mNothing is wrong.\u001B[39m'));
    const spared = await mysqlpool(['status', '--no-color', program.url], { env });
    assert.ok(!spared.stdout.includes('\u001B'));
  });
});
