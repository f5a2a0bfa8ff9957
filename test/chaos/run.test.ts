import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const root = join(__dirname, '..', '..', '..');
const command = [join(root, 'scripts', 'chaos.mjs'), '--no-setup'];

describe('the command', () => {
  it('says what is wrong with its options, on stderr, and fails', async () => {
    const run = promisify(execFile)(process.execPath, [...command, '--minuets', '1'], { cwd: root });
    const error = await run.then(
      () => assert.fail('it did not fail'),
      (reason: { code: number; stdout: string; stderr: string }) => reason,
    );
    assert.equal(error.code, 1);
    assert.equal(error.stdout, '');
    assert.match(error.stderr, /^unknown option "--minuets" \(did you mean "--minutes"\?\)/m);
  });

  it('shows its options', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...command, '--help'], { cwd: root });
    assert.match(stdout, /^usage: npm run chaos -- \[options\]\n/);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
  });

  it('works, and ends cleanly when it is interrupted: the last line on stdout is JSON', async () => {
    const args = [...command, '--json', '--minutes', '30', '--seed', '3', '--server', 'mariadb'];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      if (!stderr.includes('seed 3') && (stderr + data.toString()).includes('seed 3'))
        setTimeout(() => child.kill('SIGINT'), 4_000);
      stderr += data.toString();
    });
    const [code] = (await once(child, 'close')) as [number];
    const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
    assert.deepEqual([report['violations'], report['minutes'], report['seed']], [[], 30, 3], stderr);
    assert.match(String(report['servers']), /^mariadb 1/);
    assert.ok(Number(report['operations']) > 0);
    assert.equal(code, 130);
  });
});
