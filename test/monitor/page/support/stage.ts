import { freshDatabase, type FreshDatabase, type ServerKind } from '#support/servers/index.js';
import type { MonitorOptions } from 'node-mysqlpool/monitor';
import { sharedServer } from '#support/servers/shared.js';
import { Program } from './program.js';

/** A watched program with its own database; both are removed on dispose. */
export class Stage implements AsyncDisposable {
  readonly program: Program;
  readonly url: string;
  readonly #database: FreshDatabase;

  private constructor(program: Program, database: FreshDatabase) {
    this.program = program;
    this.#database = database;
    this.url = database.url;
  }

  static async set(kind: ServerKind = 'mariadb'): Promise<Stage> {
    const database = await freshDatabase(await sharedServer(kind));
    return new Stage(new Program(), database);
  }

  /** Opens a pool of that name in the program. */
  async pool(name: string, options: Readonly<Record<string, number>> = {}): Promise<void> {
    await this.program.ask({ do: 'pool', url: this.url, options: { name, maxSize: 4, ...options } });
  }

  /** Starts the program's monitor; resolves with its URL. */
  async monitor(options: MonitorOptions = {}): Promise<string> {
    const { url } = await this.program.ask({ do: 'monitor', options });
    return url!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.#database[Symbol.asyncDispose]();
  }
}
