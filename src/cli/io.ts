/** What a command writes to. A terminal has `isTTY` and its size in characters. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** Where keys come from, when it is a terminal. */
export interface Input {
  readonly isTTY?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (data: Buffer | string) => void): unknown;
  off(event: 'data', listener: (data: Buffer | string) => void): unknown;
}

/** Everything a command knows of the world; tests give their own. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted when the command is to end: SIGINT, SIGTERM, SIGHUP, or nobody reads what it writes. */
  readonly signal: AbortSignal;
  /** Calls it when the process ends, however that comes about; returns what takes it back. */
  readonly atExit: (listener: () => void) => () => void;
}

/** How wide a line may be. Where there is no terminal, as wide as it likes. */
export function widthOf(output: Output): number {
  return output.isTTY === true ? (output.columns ?? 80) : Infinity;
}
