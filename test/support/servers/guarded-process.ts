import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuardianMessage, GuardianRequest } from './guardian-messages.js';

type Wish = GuardianRequest extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;

/**
 * A process with a folder. When this process ends, the guardian kills the process and deletes the folder. It keeps this
 * process alive only while an answer of the guardian is awaited.
 */
export class GuardedProcess {
  readonly #guardian: ChildProcess;
  readonly #answers = new Map<number, (message: { pid?: number; error?: string }) => void>();
  #lastId = 0;
  #exit: Promise<string> | undefined;
  #exited: ((how: string) => void) | undefined;
  #waiting = 0;
  #isEnding = false;
  folder = '';
  pid = 0;

  private constructor() {
    // The guardian must not inherit this process's hooks or coverage.
    const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
    this.#guardian = fork(join(__dirname, 'guardian.js'), {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      env,
    });
  }

  static async create(): Promise<GuardedProcess> {
    const made = new GuardedProcess();
    const [first] = (await Promise.race([
      once(made.#guardian, 'message'),
      once(made.#guardian, 'exit').then(() => {
        throw new Error('the guardian of a test server did not start');
      }),
    ])) as [{ folder: string }];
    made.folder = first.folder;
    made.#guardian.on('message', (message: GuardianMessage) => made.#hear(message));
    made.#guardian.once('exit', () => made.#guardianGone());
    made.#guardian.unref();
    made.#guardian.channel?.unref();
    return made;
  }

  get guardianPid(): number {
    return this.#guardian.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#exit !== undefined;
  }

  /** Resolves when the process has ended, with how it ended; at once if it is not running. */
  get exit(): Promise<string> {
    return this.#exit === undefined ? Promise.resolve('not running') : this.#held(this.#exit);
  }

  async launch(command: string, args: readonly string[]): Promise<void> {
    if (this.isRunning) return;
    const exit = new Promise<string>((resolve) => {
      this.#exited = resolve;
    });
    this.#exit = exit;
    try {
      this.pid = (await this.#ask({ do: 'launch', command, args })).pid ?? 0;
    } catch (error) {
      this.#hear({ exited: 'not started' });
      throw error;
    }
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    if (this.isRunning) await this.#ask({ do: 'signal', signal });
  }

  /** Sets a command that the guardian runs at the end. */
  async atEnd(command: string, args: readonly string[]): Promise<void> {
    await this.#ask({ do: 'atEnd', command, args });
  }

  /** Kills the process, deletes the folder, and waits until both are gone. */
  async end(): Promise<void> {
    if (this.#guardian.exitCode !== null || this.#guardian.signalCode !== null) return;
    const gone = once(this.#guardian, 'exit');
    this.#guardian.ref();
    if (!this.#isEnding && this.#guardian.connected) this.#guardian.send({ id: 0, do: 'end' });
    this.#isEnding = true;
    await gone;
  }

  async #ask(wish: Wish): Promise<{ pid?: number }> {
    if (!this.#guardian.connected) throw new Error('the guardian of this test server is gone');
    const id = ++this.#lastId;
    const answer = new Promise<{ pid?: number; error?: string }>((resolve) => this.#answers.set(id, resolve));
    this.#guardian.send({ id, ...wish });
    const { error, ...rest } = await this.#held(answer);
    if (error !== undefined) throw new Error(error);
    return rest;
  }

  async #held<T>(promise: Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#guardian.channel?.ref();
    try {
      return await promise;
    } finally {
      if (--this.#waiting === 0) this.#guardian.channel?.unref();
    }
  }

  #hear(message: GuardianMessage): void {
    if ('exited' in message) {
      this.#exit = undefined;
      this.pid = 0;
      this.#exited?.(message.exited);
    } else if ('id' in message) {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    }
  }

  /** The guardian has ended. If it was killed, it could not clean up, so that this process has to do it. */
  #guardianGone(): void {
    if (!this.#isEnding && this.pid > 0) {
      try {
        process.kill(this.pid, 'SIGKILL');
      } catch {
        // The guardian has killed the process already.
      }
      void rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
    this.#hear({ exited: 'with its guardian' });
    for (const answer of this.#answers.values()) answer({ error: 'the guardian of this test server is gone' });
    this.#answers.clear();
  }
}
