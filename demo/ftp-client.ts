import { createHash, randomBytes, randomInt } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { Client } from 'basic-ftp';
import type { Upload } from './messages.js';
import { pause } from './pause.js';
import { passwordOf, userName } from './users.js';

/** Longer than any wait that the demo should survive: a client that waits in the queue for the database is not lost. */
const TIMEOUT_MS = 60_000;
const SMALLEST_FILE = 1_000;
const LARGEST_FILE = 20_000;
/** The range of a client's pauses between commands. During a pause a session should hold no connection. */
const SHORTEST_THOUGHT_MS = 100;
const LONGEST_THOUGHT_MS = 500;

/** Counts a client's work. */
export interface Tally {
  operation(): void;
  uploaded(upload: Upload): void;
}

/** One user's FTP client, which repeats the same session. */
export class FtpClient {
  readonly #user: string;
  readonly #password: string;
  /** The ports of the servers; the client uses the first one. */
  readonly #ports: number[];
  readonly #tally: Tally;
  #session = 0;

  /** @param ports the ports of the servers; if one fails, the client switches to the next */
  constructor(user: number, ports: readonly number[], tally: Tally) {
    this.#user = userName(user);
    this.#password = passwordOf(user);
    const first = user % ports.length;
    this.#ports = [...ports.slice(first), ...ports.slice(0, first)];
    this.#tally = tally;
  }

  /** Logs in, lists, uploads, lists again, downloads and compares. Rejects with the first error. */
  async session(stop: AbortSignal): Promise<void> {
    const client = new Client(TIMEOUT_MS);
    const name = `upload-${++this.#session}.bin`;
    const content = randomBytes(randomInt(SMALLEST_FILE, LARGEST_FILE));
    try {
      await client.access({ host: '127.0.0.1', port: this.#ports[0]!, user: this.#user, password: this.#password });
      await this.#done(stop);
      await client.list();
      await this.#done(stop);
      await client.uploadFrom(Readable.from([content]), name);
      const sha256 = createHash('sha256').update(content).digest('hex');
      this.#tally.uploaded({ user: this.#user, name, sha256 });
      await this.#done(stop);
      const listed = (await client.list()).find((file) => file.name === name);
      if (listed?.size !== content.length) throw new Error(`${name} is not listed as it was uploaded`);
      await this.#done(stop);
      if (!(await download(client, name)).equals(content)) throw new Error(`${name} came back with other bytes`);
      await this.#done(stop);
      await client.send('QUIT');
    } catch (error) {
      this.#ports.push(this.#ports.shift()!);
      throw error;
    } finally {
      client.close();
    }
  }

  async #done(stop: AbortSignal): Promise<void> {
    this.#tally.operation();
    await pause(randomInt(SHORTEST_THOUGHT_MS, LONGEST_THOUGHT_MS), stop);
  }
}

async function download(client: Client, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await client.downloadTo(into, name);
  return Buffer.concat(chunks);
}
