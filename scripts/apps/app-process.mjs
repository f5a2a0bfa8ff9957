import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY = 300_000; // ms, with all migrations
const STOP = 20_000; // ms
const POLL = 250; // ms

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An application in its own process: runs its migrations and starts it. */
export class AppProcess {
  #children = [];
  #said = '';
  #url;

  constructor(url) {
    this.#url = url;
  }

  /**
   * Runs the commands one after the other; the last one serves. Resolves with how many seconds it took until it did.
   */
  async start({ cwd, commands, env }, flags, more, ready) {
    const began = performance.now();
    const options = { cwd, env: { ...process.env, ...env, ...more, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] };
    const last = commands.length - 1;
    for (const command of commands.slice(0, last)) {
      const code = await this.#spawn([...flags, ...command], options).ended;
      if (code !== 0) throw new Error(`${command.join(' ')}: exit code ${code}\n${this.tail}`);
    }
    const serving = this.#spawn([...flags, ...commands[last]], options);
    while (!(await this.#answers(ready))) {
      if (serving.child.exitCode !== null) throw new Error(`it ended while it started\n${this.tail}`);
      if (performance.now() - began > READY) throw new Error(`not ready after ${READY / 1000} s\n${this.tail}`);
      await sleep(POLL);
    }
    return (performance.now() - began) / 1000;
  }

  /** The end of its output. */
  get tail() {
    return this.#said.slice(-3_000);
  }

  get isRunning() {
    return this.#children.at(-1)?.child.exitCode === null;
  }

  #spawn(args, options) {
    const child = spawn(process.execPath, args, options);
    const keep = (text) => (this.#said = (this.#said + text).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    const started = { child, ended };
    this.#children.push(started);
    return started;
  }

  async #answers(path) {
    try {
      const response = await fetch(new URL(path, this.#url), { signal: AbortSignal.timeout(5_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  async [Symbol.asyncDispose]() {
    for (const { child, ended } of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP);
      await ended;
      clearTimeout(timer);
    }
  }
}
