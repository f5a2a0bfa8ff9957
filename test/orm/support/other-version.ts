import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { node22Project } from './node-22-project.js';

const run = promisify(execFile);
const { NODE_TEST_CONTEXT: _, ...env } = process.env;

/**
 * Runs a compiled test file (`orm/….js`) in a separate project with other package versions.
 * @param node the Node program to run the file with
 * @returns how many tests passed, and the output on stderr
 * @throws Error with the output if a test failed
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

/** The path of a Node program of the given major version, which npx installs. */
export async function otherNode(major: number): Promise<string> {
  return (await run('npx', ['-y', `node@${major}`, '-p', 'process.execPath'], { env })).stdout.trim();
}
