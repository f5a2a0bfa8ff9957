import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { MonitorClient } from '#internal/monitor/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { mysqlpool, startMysqlpool, type CommandOptions, type RunningCommand } from './support/command.js';
import { startProgram } from './support/start-program.js';

const NOBODY = 'mysql://u:p@127.0.0.1:1/none';

/** The command, and the address it has printed. */
async function serve(
  t: TestContext,
  args: readonly string[],
  options?: CommandOptions,
): Promise<RunningCommand & { readonly url: string }> {
  const command = startMysqlpool(t, ['monitor', ...args], options);
  await until(() => command.stdout.endsWith('\n') || command.child.exitCode !== null);
  assert.match(command.stdout, /^http:\/\/\S+\/\n$/, command.stderr);
  return Object.assign(command, { url: command.stdout.trim() });
}

eachServer('mysqlpool monitor', (_, getServer) => {
  it('joins the monitors of several processes, and shows those that cannot be reached', async (t) => {
    const url = (await getServer()).url();
    const programs = await Promise.all([
      startProgram(t, url, { name: 'first' }),
      startProgram(t, url, { name: 'second' }),
    ]);
    await programs[1]!.do({ do: 'hold', pool: 'second', label: 'import' });
    const joined = await serve(t, [...programs.map((program) => program.url), '127.0.0.1:1']);
    const { status, stdout } = await mysqlpool(['status', joined.url]);
    assert.equal(status, 1);
    for (const { pid } of programs) assert.match(stdout, new RegExp(`^program\\.js  ${pid}@`, 'm'));
    assert.match(stdout, /^first +\d+@\S+ +open +0\/2 /m);
    assert.match(stdout, /^second +\d+@\S+ +open +1\/2 +1 /m);
    assert.match(stdout, /^! http:\/\/127\.0\.0\.1:1\/: nothing listens there \(ECONNREFUSED\)$/m);
    joined.child.kill('SIGTERM');
    const end = await joined.end;
    assert.deepEqual({ status: end.status, stderr: end.stderr }, { status: 0, stderr: '' });
  });

  it('passes on what both sides allow', async (t) => {
    const url = (await getServer()).url();
    const program = await startProgram(t, url, {}, { allow: ['suspend', 'resume'] });
    const open = await serve(t, [program.url, '--allow', 'suspend, resume']);
    const shut = await serve(t, [program.url]);
    const client = new MonitorClient(open.url);
    const [process] = (await client.report()).processes;
    await client.act(process!.id, process!.pools[0]!.id, 'suspend');
    assert.match((await mysqlpool(['status', program.url])).stdout, /^shop +suspended /m);
    await assert.rejects(new MonitorClient(shut.url).act(process!.id, process!.pools[0]!.id, 'resume'), {
      status: 403,
    });
    await client.act(process!.id, process!.pools[0]!.id, 'resume');
  });
});

describe('mysqlpool monitor', () => {
  it('serves a page', async (t) => {
    const program = await startProgram(t, NOBODY);
    const { url } = await serve(t, [program.url]);
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type')!, /^text\/html/);
    assert.match(await answer.text(), /<title>/);
  });

  it('wants a token where others can reach it, and gives one to those that want one', async (t) => {
    const program = await startProgram(t, NOBODY, {}, { token: 'the-token-of-the-program' });
    const env = { MYSQLPOOL_MONITOR_TOKEN: 'the-token-of-the-program' };
    const { url } = await serve(t, [program.url, '--token', 'the-token-of-the-page'], { env });
    assert.equal((await mysqlpool(['status', url])).status, 3);
    const { status, stdout } = await mysqlpool(['status', `${url}?token=the-token-of-the-page`]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^shop /m);
  });

  it('says in one line what is wrong with its options, or where it cannot listen', async (t) => {
    const refused = async (...args: string[]): Promise<[number | null, string]> => {
      const { status, stdout, stderr } = await mysqlpool(['monitor', ...args]);
      assert.equal(stdout, '');
      assert.match(stderr, /^mysqlpool: [^\n]+\n$/);
      return [status, stderr.slice('mysqlpool: '.length, -1)];
    };
    assert.deepEqual(await refused('1', '--allow', 'evict,supsend'), [
      2,
      'option "--allow": expected some of evict, suspend, resume, got "supsend" (did you mean "suspend"?)',
    ]);
    assert.deepEqual(await refused('1', '--host', '0.0.0.0'), [
      2,
      'host "0.0.0.0" can be reached from elsewhere, so that a "token" is needed',
    ]);
    const [status, short] = await refused('1', '--token', 'secret');
    assert.equal(status, 2);
    assert.doesNotMatch(short, /secret/);
    const program = await startProgram(t, NOBODY);
    const { port } = new URL(program.url);
    const [taken, text] = await refused(program.url, '--port', port);
    assert.equal(taken, 3);
    assert.match(text, new RegExp(`^cannot listen on 127\\.0\\.0\\.1, port ${port}: another program has it already`));
  });
});
