/** Plays a program step by step; each step is sent after the previous one was answered. */
import { setTimeout as after } from 'node:timers';
import { Command, decodeError, isError, isOk, packet, type Packet } from '#internal/wire/index.js';
import { ServerRefusal, WireClient } from '#support/wire-client.js';
import { commandOf } from './commands.js';
import { normalized } from './normalize.js';
import { capabilitiesOf, type ClientPlan, type Program } from './program.js';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** The answers to a step, or a text with the reason if there was none. */
export type Answer = readonly Packet[] | string;

/** In ms. The servers are set up to wait at most 2 s for locks. */
const LONGEST_ANSWER = 10_000;

/** Run first: before any query, FOUND_ROWS() on MariaDB is left over from an earlier session of the same thread. */
const FIRST_QUERY = 'SELECT 1';

/** Plays a program and resolves with the answer to each step. */
export async function play({ clients: plans, steps }: Program, address: Address): Promise<readonly Answer[]> {
  const players: Player[] = [];
  try {
    for (const plan of plans) {
      const player = new Player(address, plan);
      players.push(player);
      await player.connect();
    }
    const answers: Answer[] = [];
    for (const { client, send } of steps) {
      const texts = typeof send === 'string' ? [send] : send;
      answers.push(await players[client]!.play(texts.map((text) => withIds(text, players))));
    }
    return answers;
  } finally {
    for (const player of players) await player.leave();
  }
}

/** Replaces `{id 1}` by the connection id of the second client, and so on. */
function withIds(text: string, players: readonly Player[]): string {
  return text.replaceAll(/\{id (\d+)\}/g, (_, client: string) => String(players[Number(client)]?.id ?? NOBODY));
}

class Player {
  readonly #address: Address;
  readonly #plan: ClientPlan;
  readonly #ids = new Map<string, number>();
  /**
   * The ids of statements whose parameter types were sent. Executions of others without types are left out, since
   * MariaDB does not refuse them but reads the values arbitrarily.
   */
  readonly #typed = new Set<number>();
  #client: WireClient | undefined;
  #reason = '';

  constructor(address: Address, plan: ClientPlan) {
    this.#address = address;
    this.#plan = plan;
  }

  async connect(): Promise<Answer> {
    await this.leave();
    this.#ids.clear();
    this.#typed.clear();
    const { charset, database } = this.#plan;
    const { host, port, user, password } = this.#address;
    const options = { host, port, user, password, charset, database, capabilities: capabilitiesOf(this.#plan) };
    try {
      this.#client = await limited(WireClient.connect(options));
      const { arrival } = this.#client;
      await this.play([FIRST_QUERY]);
      // Only the payload of the last packet is compared: the number of authentication steps may differ.
      return [{ sequence: 0, payload: arrival.payload }];
    } catch (error) {
      this.#reason = error instanceof ServerRefusal ? error.message : 'closed in the login';
      return this.#reason;
    }
  }

  /** The id of the client's connection. */
  get id(): number {
    return this.#client?.greeting.threadId ?? NOBODY;
  }

  async play(texts: readonly string[]): Promise<Answer> {
    if (texts[0] === '!connect') return this.connect();
    const client = this.#client;
    if (client === undefined) return this.#reason;
    const [, database] = /^!user (.*)$/.exec(texts[0]!) ?? [];
    if (database !== undefined) return this.#changeUser(client, database);
    const kind = client.greeting.version.includes('MariaDB') ? 'mariadb' : 'mysql';
    const wanted = texts
      .map((text) => commandOf(text, this.#ids))
      .filter(({ withoutTypes }) => kind === 'mysql' || withoutTypes === undefined || this.#typed.has(withoutTypes));
    try {
      client.send(Buffer.concat(wanted.map(({ payload }) => packet(payload, 0))));
      const packets: Packet[] = [];
      for (const { payload, slot, file } of wanted) {
        const answer = await limited(client.answer(payload[0]!, file));
        const first = answer[0]?.payload;
        if (slot !== undefined && first !== undefined && isOk(first)) this.#ids.set(slot, first.readUInt32LE(1));
        if (payload[0] === Command.STMT_EXECUTE && first !== undefined) this.#noteTypes(payload.readUInt32LE(1), first);
        packets.push(...normalized(answer, payload[0]!, kind));
      }
      return packets;
    } catch (error) {
      client.destroy();
      this.#client = undefined;
      this.#reason = error instanceof NoAnswer ? error.message : 'closed';
      return this.#reason;
    }
  }

  async #changeUser(client: WireClient, database: string): Promise<Answer> {
    this.#ids.clear();
    this.#typed.clear();
    const { user, password } = this.#address;
    const { charset } = this.#plan;
    try {
      const { payload } = await limited(client.changeUser({ user, password, database, charset }));
      await limited(client.query(FIRST_QUERY));
      return [{ sequence: 0, payload }];
    } catch (error) {
      client.destroy();
      this.#client = undefined;
      this.#reason = error instanceof Error ? error.message : 'closed';
      return this.#reason;
    }
  }

  #noteTypes(id: number, answer: Buffer): void {
    if (isError(answer) && decodeError(answer).errno === WRONG_ARGUMENTS) this.#typed.delete(id);
    else this.#typed.add(id);
  }

  async leave(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#reason = 'gone';
    if (client === undefined) return;
    await limited(client[Symbol.asyncDispose]()).catch(() => client.destroy());
  }
}

const WRONG_ARGUMENTS = 1210;
/** A connection id that no session has. */
const NOBODY = 0x7fffffff;

class NoAnswer extends Error {}

async function limited<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = after(() => reject(new NoAnswer(`no answer within ${LONGEST_ANSWER} ms`)), LONGEST_ANSWER);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
