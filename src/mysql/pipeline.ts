import { internals, type Command, type MysqlConnection } from './driver.js';

type Packet = object | undefined;

/** What mysql2 asks of a command: to send when it is called without a packet, then to take packets until it is done. */
interface Executable extends Command {
  execute(packet: Packet, connection: MysqlConnection): boolean;
}

/**
 * Several commands as one: all of them are sent in one write, and answered one after the other. mysql2 alone sends each
 * when the last was answered. Every command is sent, whatever becomes of those before it.
 */
export class Pipeline implements Executable {
  readonly #commands: readonly Executable[];
  #at = -1;

  constructor(commands: readonly Command[]) {
    this.#commands = commands as readonly Executable[];
  }

  execute(packet: Packet, connection: MysqlConnection): boolean {
    if (this.#at < 0) {
      this.#send(connection);
      return false;
    }
    if (!this.#commands[this.#at]!.execute(packet, connection)) return false;
    this.#at++;
    expectAnswer(connection);
    return this.#at === this.#commands.length;
  }

  #send(connection: MysqlConnection): void {
    const { stream } = internals(connection);
    stream.cork?.();
    for (const command of this.#commands) command.execute(undefined, connection);
    stream.uncork?.();
    this.#at = 0;
    expectAnswer(connection);
  }

  /** The connection is lost. */
  onResult(error: unknown): void {
    for (const command of this.#commands.slice(Math.max(0, this.#at))) command.onResult?.(error);
  }

  on(): void {
    // Nobody listens: each command has a callback.
  }

  emit(): void {
    // For the same reason.
  }

  listenerCount(): number {
    return 0;
  }
}

/** The answer to each command counts its packets from the command, which was number 0. */
function expectAnswer(connection: MysqlConnection): void {
  internals(connection).sequenceId = 1;
}
