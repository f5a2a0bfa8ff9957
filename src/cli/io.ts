/** What a command writes to. A terminal has `isTTY`, and its size in characters. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** What a command reads key presses from, if it is a terminal. */
export interface Input {
  readonly isTTY?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (data: Buffer | string) => void): unknown;
  off(event: 'data', listener: (data: Buffer | string) => void): unknown;
}

/** The environment that a command runs in. Tests pass their own. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted when a signal (SIGINT, SIGTERM or SIGHUP) asks the command to end. */
  readonly signal: AbortSignal;
  /** Calls `listener` when the process exits. Returns a function that removes the listener. */
  readonly atExit: (listener: () => void) => () => void;
}

/** How many columns a line may take; Infinity if the output is no terminal. */
export function widthOf(output: Output): number {
  return output.isTTY === true ? (output.columns ?? 80) : Infinity;
}
