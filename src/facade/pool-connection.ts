import type { MysqlConnection } from '../api/index.js';
import { internals, isBusy } from '../mysql/driver.js';
import { setCustody, type Custody } from './custody.js';
import type { PromiseClasses } from './promise-classes.js';
import type { BasePoolConnection, ConnectionConfig, CoreModule, Query } from './mysql2-module.js';

export type PoolConnectionClass = new (
  pool: unknown,
  options: { readonly config: ConnectionConfig },
) => MysqlConnection;

/** The class of our connections over a copy of mysql2: a subclass of its own. */
export function poolConnectionClass(core: CoreModule, promises: () => PromiseClasses): PoolConnectionClass {
  return class PoolConnection extends core.PoolConnection {
    readonly #custody: Custody;

    constructor(pool: unknown, options: { readonly config: ConnectionConfig }) {
      super(pool, options);
      this.#custody = setCustody(this);
      // An idle connection that dies must not end the process.
      this.on('error', () => undefined);
    }

    /** As the typings of mysql2 promise. */
    get connection(): this {
      return this;
    }

    override release(): void {
      this.#custody.release();
    }

    override destroy(): void {
      // mysql2 forgets the callbacks of what is running.
      const isIdle = !isBusy(this);
      this.#custody.destroy();
      if (isIdle) super.destroy();
    }

    /** Gives it back, as mysql2 does. With `gracefulEnd` it leaves the pool and says good-bye to the server. */
    override end(options?: unknown, callback?: unknown): void {
      const done = [options, callback].find((each): each is () => void => typeof each === 'function');
      if (this.config.gracefulEnd === true) {
        if (done !== undefined) internals(this).stream.once('close', () => done());
        this.#custody.retire();
        return;
      }
      this.#custody.release();
      done?.();
    }

    override promise(implementation?: PromiseConstructor): never {
      return new (promises().PromisePoolConnection)(this, implementation, this.#custody.lease) as never;
    }

    /** mysql2 calls it when the connection has died. The loan is over then, whether or not it is given back. */
    override _removeFromPool(): void {
      // The pool hears of the death in the same tick, and by a listener that is added later.
      process.nextTick(() => this.#custody.die());
    }

    /** mysql2 tells only those commands that have a callback; one that is streamed would never end. */
    override _notifyError(error: Error): void {
      const silent = silentCommands(this);
      super._notifyError(error);
      for (const command of silent) if (command.listenerCount('error') > 0) command.emit('error', error);
    }
  } as unknown as PoolConnectionClass;
}

const told = new WeakSet<Query>();

function silentCommands({ _command, _commands }: BasePoolConnection): Query[] {
  const all = [_command, ...Array.from({ length: _commands.length }, (_, index) => _commands.get(index))];
  return all.filter((command): command is Query => {
    // Others, such as the handshake, see to it themselves.
    if (typeof command?.stream !== 'function' || typeof command.onResult === 'function') return false;
    const isNew = !told.has(command);
    told.add(command);
    return isNew;
  });
}
