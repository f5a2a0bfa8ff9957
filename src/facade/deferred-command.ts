import { EventEmitter } from 'node:events';
import { pipeline, PassThrough, type Readable } from 'node:stream';
import type { Query } from './mysql2-module.js';

const EVENTS = ['fields', 'result', 'error', 'end'] as const;

/**
 * A command that has no connection yet. It tells the events of the command it becomes, and streams its rows; mysql2's
 * pool gives nothing at all here, although its typings promise a command.
 */
export class DeferredCommand extends EventEmitter {
  #command: Query | undefined;
  #rows: { readonly stream: PassThrough; readonly options: object | undefined } | undefined;

  /** It has got its connection. */
  become(command: Query): void {
    this.#command = command;
    for (const event of EVENTS) {
      // An error that nobody listens for belongs to the stream.
      command.on(event, (...about) => void ((event !== 'error' || this.#isHeard) && this.emit(event, ...about)));
    }
    if (this.#rows !== undefined) this.#connect(this.#rows.stream, this.#rows.options);
  }

  /** It will never have one. */
  fail(error: Error): void {
    this.#rows?.stream.destroy(error);
    if (this.#isHeard) this.emit('error', error);
  }

  /** Whether the stream was closed before there was anything to read. */
  get isAbandoned(): boolean {
    return this.#command === undefined && this.#rows?.stream.destroyed === true;
  }

  /** The rows, one by one. */
  stream(options?: object): Readable {
    const stream = new PassThrough({ highWaterMark: 1, ...options, objectMode: true });
    this.#rows = { stream, options };
    if (this.#command !== undefined) this.#connect(stream, options);
    return stream;
  }

  get #isHeard(): boolean {
    return this.#rows === undefined || this.listenerCount('error') > 0;
  }

  #connect(stream: PassThrough, options: object | undefined): void {
    const rows = this.#command!.stream(options) as Readable;
    for (const event of ['fields', 'result']) rows.on(event, (...about) => stream.emit(event, ...about));
    pipeline(rows, stream, () => undefined);
  }
}
