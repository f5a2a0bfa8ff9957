import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../support/servers/file-lock.js';

const root = join(__dirname, '../../..');

/** Compiles the demo as it is now; one test file at a time. */
export async function compileDemo(): Promise<void> {
  await withFileLock(join(root, '.build/demo.lock'), async () => {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-b', join(root, 'demo')], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the demo does not compile:\n${stdout}`);
  });
}

export interface DemoEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of the demo with a folder of its own for everything temporary. */
export class DemoRun {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'demo-'));
  /** Settles when the demo and every process that writes to its stderr have ended. */
  readonly end: Promise<DemoEnd>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { MYSQLPOOL_TEST_URL: _, ...inherited } = process.env;
    this.#child = spawn(process.execPath, [join(root, '.build/demo/main.js'), ...args], {
      env: { ...inherited, TMPDIR: this.folder, ...env },
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.end = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (status) => resolve({ status, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What is left of the servers' data. */
  get left(): string[] {
    return readdirSync(this.folder).filter((name) => name.startsWith('mysqlpool-'));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  remove(): void {
    this.#child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
