/**
 * The guardian: a process between a test and its server. On request it starts the server and sends signals to it. When
 * the channel to the test closes, for whatever reason, it kills the server, even a frozen one, and deletes the server's
 * folder. It has a process session of its own, so that a Ctrl-C in the test's terminal does not reach it.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuardianMessage, GuardianRequest } from './guardian-messages.js';

// The path of a Unix socket may have at most 107 characters, on macOS 103.
const base = tmpdir().length > 70 ? '/tmp' : tmpdir();
const folder = mkdtempSync(join(base, 'mysqlpool-'));
let server: ChildProcess | undefined;
let atEnd: { command: string; args: readonly string[] } | undefined;
let ended = false;

function tell(message: GuardianMessage): void {
  if (process.connected) process.send?.(message);
}

function end(): void {
  if (ended) return;
  ended = true;
  if (atEnd) spawnSync(atEnd.command, atEnd.args, { stdio: 'ignore', timeout: 60_000 });
  if (server) {
    server.removeAllListeners('exit');
    server.once('exit', removeFolder);
    server.kill('SIGKILL');
  } else {
    removeFolder();
  }
}

function removeFolder(): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

function launch(request: Extract<GuardianRequest, { do: 'launch' }>): void {
  const log = openSync(join(folder, 'server.log'), 'a');
  const child = spawn(request.command, request.args, { stdio: ['ignore', log, log], cwd: folder });
  closeSync(log);
  child.once('error', (error) => tell({ id: request.id, error: error.message }));
  child.once('spawn', () => {
    server = child;
    tell({ id: request.id, pid: child.pid ?? 0 });
  });
  child.once('exit', (code, signal) => {
    server = undefined;
    tell({ exited: signal ?? `code ${code}` });
  });
}

process.on('message', (request: GuardianRequest) => {
  switch (request.do) {
    case 'launch':
      return launch(request);
    case 'signal':
      server?.kill(request.signal);
      return tell({ id: request.id });
    case 'atEnd':
      atEnd = request;
      return tell({ id: request.id });
    case 'end':
      return end();
  }
});
process.on('disconnect', end);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
tell({ folder });
