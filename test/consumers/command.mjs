import { execFile } from 'node:child_process';

/** A command that failed: the message is what it said, so that the report shows the cause and not only the fact. */
export class CommandError extends Error {}

// In ms: only against what never ends. On a machine that does other things as well a compiler may take minutes.
const LONGEST = 900_000;
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Runs a program to its end without input and answers what it wrote to stdout. @throws CommandError */
export function command(file, args, { cwd, env = {}, shell = false, timeout = LONGEST } = {}) {
  const options = {
    cwd,
    shell,
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: MOST_OUTPUT,
    env: { ...process.env, NO_COLOR: '1', ...env },
  };
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const why = error.killed ? `still running after ${timeout / 1000} s` : `exit code ${error.code}`;
      reject(new CommandError(`${file} ${args.join(' ')}\n${stdout}${stderr}${why}`, { cause: error }));
    });
    child.stdin?.end();
  });
}

/** Runs npm or npx: the ones this script was started by, or those on the PATH. */
export function npm(args, options) {
  return packageTool('npm', args, options);
}

export function npx(args, options) {
  return packageTool('npx', args, options);
}

function packageTool(name, args, options) {
  const npmCli = process.env.npm_execpath;
  if (npmCli?.endsWith('npm-cli.js')) {
    return command(process.execPath, [npmCli.replace('npm-cli.js', `${name}-cli.js`), ...args], options);
  }
  return command(name, args, { ...options, shell: process.platform === 'win32' });
}

/** What the small programs print when all went well. */
export function expectOk(output) {
  if (output.trim() !== 'ok') throw new Error(`expected ok, got ${JSON.stringify(output)}`);
}
