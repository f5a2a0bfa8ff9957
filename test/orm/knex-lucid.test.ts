import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { node22Project } from './support/node-22-project.js';

const run = promisify(execFile);
const { NODE_TEST_CONTEXT: _, ...env } = process.env;

/** Runs the suite with a Lucid of its own, in a process of the given Node; answers how many tests passed. */
async function passedBy(lucid: string, core: string, assembler: string, node: string): Promise<number> {
  const folder = await node22Project(`lucid-${lucid}`, {
    '@adonisjs/lucid': lucid, '@adonisjs/core': core, '@adonisjs/assembler': assembler,
    knex: '3.3.0', luxon: '3.7.2', mysql2: '3.24.6',
  }); // prettier-ignore
  const args = ['--test', '--test-reporter=tap', 'orm/support/lucid.js'];
  const { stdout } = await run(node, args, { cwd: folder, env, maxBuffer: 10_000_000 }).catch(
    (error: Error & { stdout?: string }) => {
      throw new Error(`${error.message}\n${error.stdout}`);
    },
  );
  return Number(/^# pass (\d+)$/m.exec(stdout)?.[1]);
}

it('Lucid 21.8.2 passes the suite of all ORMs', { timeout: 180_000 }, async () => {
  assert.equal(await passedBy('21.8.2', '6.21.0', '7.8.2', process.execPath), 18);
});

it('Lucid 22.4.2 passes it on Node 24', { timeout: 180_000 }, async () => {
  const { stdout: node } = await run('npx', ['-y', 'node@24', '-p', 'process.execPath'], { env });
  assert.equal(await passedBy('22.4.2', '7.5.2', '8.5.2', node.trim()), 18);
});
