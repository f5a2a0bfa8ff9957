import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { node22Project } from './node-22-project.js';

const run = promisify(execFile);
const { NODE_TEST_CONTEXT: _, ...env } = process.env;

/**
 * Runs a compiled test file (`orm/….js`) in a project of its own with other versions of packages.
 * @param node the program to run it with
 * @returns how many tests passed, and what was said on the standard error output
 * @throws with the output, if one failed
 */
export async function passedWith(
  name: string,
  dependencies: Readonly<Record<string, string>>,
  file: string,
  node: string = process.execPath,
): Promise<{ readonly passed: number; readonly output: string }> {
  const folder = await node22Project(name, { mysql2: '3.24.6', ...dependencies });
  const args = ['--test', '--test-reporter=tap', file];
  try {
    const { stdout } = await run(node, args, { cwd: folder, env, maxBuffer: 10_000_000 });
    return { passed: Number(/^# pass (\d+)$/m.exec(stdout)?.[1]), output: stdout };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${(error as { stdout?: string }).stdout}`, { cause: error });
  }
}

/** The program of another major version of Node. */
export async function otherNode(major: number): Promise<string> {
  return (await run('npx', ['-y', `node@${major}`, '-p', 'process.execPath'], { env })).stdout.trim();
}
