import type { Random } from '#chaos/random.js';
import type { ServerKind } from '#support/servers/index.js';
import type { Topic } from './topic.js';
import { WORDS } from './words.js';

const SLOTS = ['1', '2', '3', '4'];
/** Lines that are a single plain statement. */
const PLAIN = /^(?!!)(?!.*(?: ;; | && |\{several\}|\{id ))/s;

/** Picks lines of some topics at random and fills them in. */
export class Lines {
  readonly #random: Random;
  readonly #kind: ServerKind;
  readonly #lines: readonly string[];
  readonly #plain: readonly string[];
  #fresh = 100;

  constructor(random: Random, kind: ServerKind, topics: readonly Topic[]) {
    this.#random = random;
    this.#kind = kind;
    this.#lines = topics.flatMap(({ lines }) => lines.flatMap((line) => this.#repeated(line)));
    this.#plain = this.#lines.filter((line) => PLAIN.test(line));
  }

  /** The commands of a random line, one after the other; a list stands for commands that are sent in one write. */
  next(client: number): (string | readonly string[])[] {
    const line = this.#random.pick(this.#lines);
    return line.split(' ;; ').map((part) => {
      const together = part.split(' && ').map((text) => this.#filled(text, client));
      return together.length === 1 ? together[0]! : together;
    });
  }

  #repeated(line: string): string[] {
    const [, times, rest] = /^(?:(\d+)\* )?(.*)$/s.exec(line)!;
    const [, kind, text] = /^(?:(mysql|mariadb): )?(.*)$/s.exec(rest!)!;
    if (kind !== undefined && kind !== this.#kind) return [];
    return Array.from({ length: Number(times ?? 1) }, () => text!);
  }

  #filled(text: string, client: number): string {
    return text.replaceAll(/\{(\w+)\}/g, (_, word: string) => this.#word(word, client));
  }

  #word(word: string, client: number): string {
    switch (word) {
      case 'me':
        return String(client);
      case 'fresh':
        return String(this.#fresh++);
      case 'slot':
        return this.#random.pick(SLOTS);
      case 'isolationVariable':
        return this.#kind === 'mysql' ? 'transaction_isolation' : 'tx_isolation';
      case 'several':
        return this.#filled(this.#random.pick(this.#plain), client);
      default: {
        const words = WORDS[word];
        if (words === undefined) throw new Error(`the grammar has no word {${word}}`);
        return this.#filled(this.#random.pick(words), client);
      }
    }
  }
}
