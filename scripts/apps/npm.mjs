import { execFile } from 'node:child_process';

const QUIETLY = ['--no-audit', '--no-fund', '--loglevel', 'error'];

/** Runs a program to its end; the error of one that failed says what it wrote. */
export function runTool(file, args, cwd) {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      reject(new Error(`${[file, ...args].join(' ')}\n${stdout}${stderr}`, { cause: error }));
    });
  });
}

/** The npm that this script was started by, or the one on the PATH. */
export function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  const all = [...args, ...QUIETLY];
  return cli?.endsWith('.js') ? runTool(process.execPath, [cli, ...all], cwd) : runTool('npm', all, cwd);
}
