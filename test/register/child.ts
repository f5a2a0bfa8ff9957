import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../../..');
export const register = join(root, 'dist/register/index.js');
export const apps = join(root, 'test/register/apps');

/** What a child process wrote. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of Node to its end. */
export function run(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd: string = root): Promise<Said> {
  return new Promise((resolve, reject) => {
    const options = { cwd, timeout: 60_000, killSignal: 'SIGKILL', env: { ...process.env, ...env } } as const;
    execFile(process.execPath, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(new Error(`${args.join(' ')}\n${stdout}${stderr}`, { cause: error }));
    });
  });
}

/** The line of JSON that an application prints last; some ORMs log errors on the same stream. */
export const answerOf = ({ stdout }: Said): Record<string, unknown> =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, unknown>;
