// No report is longer than this, in characters.
const LONGEST_EVENT = 32 * 1024 * 1024;

/** Parses server-sent events, and passes on the data of those with the given name. */
export class EventStreamParser {
  readonly #name: string;
  readonly #onData: (data: string) => void;
  /** The pieces of a line that has not ended yet. */
  #rest: string[] = [];
  #event = '';
  #data: string[] = [];
  #length = 0;

  constructor(name: string, onData: (data: string) => void) {
    this.#name = name;
    this.#onData = onData;
  }

  /** @throws RangeError for an event that is too long */
  add(text: string): void {
    const [first = '', ...others] = text.split('\n');
    this.#rest.push(first);
    this.#length += first.length;
    for (const next of others) {
      this.#take(this.#rest.join('').replace(/\r$/, ''));
      this.#rest = [next];
      this.#length += next.length;
    }
    if (this.#length > LONGEST_EVENT) throw new RangeError('it sends an event that never ends');
  }

  #take(line: string): void {
    if (line === '') {
      if (this.#data.length > 0 && this.#event === this.#name) this.#onData(this.#data.join('\n'));
      this.#event = '';
      this.#data = [];
      this.#length = 0;
      return;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
  }
}
