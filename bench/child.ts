import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Figure } from './bench.js';
import type { Plan } from './sampling.js';
import { OURS } from './subjects/index.js';

/** A message of the child process: figures, or the reason why there are none, or the number of slices to ask for. */
export type Report =
  | { readonly figures: readonly Figure[] }
  | { readonly absent: string }
  | { readonly slices: number };

// Time limit for an answer, in ms. An answer takes seconds, under valgrind minutes: a process that takes this long hangs.
const LONGEST = 600_000;

/** A process for one sample, so that no pool runs with compiled code or a heap that another one has shaped. */
export class SampleProcess implements Disposable {
  readonly #child: ChildProcess;
  readonly #what: string;
  #complaint = '';

  constructor({ bench, effort, others, program = process.execPath }: Plan, subject: string, caseName: string) {
    const other = others?.get(subject);
    const args = [bench.name, other === undefined ? subject : OURS, caseName, JSON.stringify(effort)];
    this.#what = `${bench.name}, ${subject}, ${caseName}`;
    this.#child = fork(join(other ?? __dirname, 'sample.js'), args, { silent: true, execPath: program });
    this.#child.stderr!.on('data', (text: Buffer) => (this.#complaint += text.toString()));
  }

  /**
   * Sends a message and resolves with the answer. The first message is the server's URL: a command line would show the
   * password.
   */
  ask(message: string): Promise<Report> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST);
      const settle = (): void => {
        clearTimeout(timer);
        child.off('message', answered).off('error', failed).off('close', closed);
      };
      const answered = (report: unknown): void => {
        settle();
        resolve(report as Report);
      };
      const failed = (error: Error): void => {
        settle();
        reject(error);
      };
      const closed = (code: number | null, signal: string | null): void => {
        const complaint = this.#complaint.trim().split('\n').slice(-5).join('\n');
        failed(
          new Error(`${this.#what}: ${complaint || (signal === null ? `exit code ${code}` : `stopped by ${signal}`)}`),
        );
      };
      child.on('message', answered).on('error', failed).on('close', closed);
      child.send(message, (error) => error && failed(error));
    });
  }

  [Symbol.dispose](): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
