export type Progress = (line: string) => void;

const latest = new Map<string, string>();

/**
 * Prints what is being done for one server. On a terminal all servers share one line, which is rewritten; otherwise
 * every step is a line.
 */
export function consoleProgress(label: string): Progress {
  return (line) => {
    if (!process.stderr.isTTY) {
      process.stderr.write(`${label}: ${line}\n`);
      return;
    }
    latest.set(label, line);
    const text = [...latest].map(([of, step]) => `${of}: ${step}`).join('  |  ');
    process.stderr.write(`\r\u001B[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
  };
}

/** Ends the line that `consoleProgress` keeps rewriting, so that other output can follow it. */
export function endProgress(): void {
  if (latest.size > 0) process.stderr.write('\n');
  latest.clear();
}
