#!/usr/bin/env node
import { COMMANDS } from './commands.js';
import { EXIT } from './exit-status.js';
import { run } from './run.js';

const over = new AbortController();
const end = (): void => over.abort();

let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second signal ends the process at once.
    if (++signals > 1) process.exit(128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal]);
    end();
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has closed the pipe, as in `mysqlpool status | head -1`. This is no failure.
  if (error.code === 'EPIPE') process.exit(process.exitCode);
  process.stderr.write(`mysqlpool: the output cannot be written: ${error.message}\n`);
  process.exit(EXIT.wrong);
});

void run(COMMANDS, process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: over.signal,
  atExit: (listener) => {
    process.once('exit', listener);
    return () => void process.off('exit', listener);
  },
}).then((status) => {
  process.exitCode = status;
});
