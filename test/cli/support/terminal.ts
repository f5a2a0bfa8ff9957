import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { COMMANDS } from '#internal/cli/commands.js';
import type { Io } from '#internal/cli/io.js';
import { run } from '#internal/cli/run.js';
import { until } from '../../support/until.js';

/** A fake terminal of a given size for a command's output; it records what is written. */
export class FakeTerminal extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Everything that was written. */
  text = '';
  #isTorn = false;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    if (this.#isTorn) throw new Error('the terminal is gone');
    this.text += text;
  }

  /** From now on every write throws. */
  tear(): void {
    this.#isTorn = true;
  }

  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows });
    this.emit('resize');
  }

  /** Whether the command uses the whole window (the terminal's alternate screen). */
  get isTaken(): boolean {
    return this.text.lastIndexOf('\u001B[?1049h') > this.text.lastIndexOf('\u001B[?1049l');
  }

  /** The lines of the last frame, without escape sequences. */
  get lines(): string[] {
    const last = this.text.split('\u001B[H').at(-1)!;
    return last.split('\r\n').map((line) => line.replaceAll(/\p{Cc}\[[?\d]*[A-Za-z]/gu, ''));
  }

  shows(text: string): boolean {
    return this.lines.join('\n').includes(text);
  }
}

/** A fake stdin of a terminal. */
export class FakeKeys extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  isFlowing = false;

  setRawMode(raw: boolean): void {
    this.isRaw = raw;
  }

  resume(): void {
    this.isFlowing = true;
  }

  pause(): void {
    this.isFlowing = false;
  }

  press(keys: string): void {
    this.emit('data', Buffer.from(keys));
  }
}

/** Runs a command in this process, on a fake terminal. */
export class InTerminal {
  readonly terminal: FakeTerminal;
  readonly keys: FakeKeys = new FakeKeys();
  readonly signals: AbortController = new AbortController();
  readonly atExit = new Set<() => void>();
  /** Resolves with the command's exit status. */
  readonly end: Promise<number>;
  errors = '';

  constructor(args: readonly string[], columns: number, rows: number, env: NodeJS.ProcessEnv = {}) {
    this.terminal = new FakeTerminal(columns, rows);
    const io: Io = {
      env: { TERM: 'xterm', ...env },
      folder: __dirname,
      stdin: this.keys,
      stdout: this.terminal,
      stderr: { write: (text) => (this.errors += text), on: () => undefined, off: () => undefined },
      signal: this.signals.signal,
      atExit: (listener) => {
        this.atExit.add(listener);
        return () => this.atExit.delete(listener);
      },
    };
    this.end = run(COMMANDS, args, io);
    // A test that does not await `end` must not fail with an unhandled rejection.
    this.end.catch(() => undefined);
  }

  async shows(text: string): Promise<void> {
    await until(() => this.terminal.shows(text));
    await turn();
  }
}

/** Starts a command on a fake terminal; it is ended after the test. */
export function inTerminal(
  t: TestContext,
  args: readonly string[],
  columns: number,
  rows: number,
  env?: NodeJS.ProcessEnv,
): InTerminal {
  const command = new InTerminal(args, columns, rows, env);
  t.after(() => command.signals.abort());
  return command;
}
