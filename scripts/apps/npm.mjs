import { execFile } from 'node:child_process';

const QUIETLY = ['--no-audit', '--no-fund', '--loglevel', 'error'];

/** Runs a program and resolves with its output. If it fails, the error's message has the output. */
export function runTool(file, args, cwd) {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      reject(new Error(`${[file, ...args].join(' ')}\n${stdout}${stderr}`, { cause: error }));
    });
  });
}

/** Runs the npm that started this script, or else the one on the PATH. */
export function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  const all = [...args, ...QUIETLY];
  return cli?.endsWith('.js') ? runTool(process.execPath, [cli, ...all], cwd) : runTool('npm', all, cwd);
}
