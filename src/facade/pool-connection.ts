import type { MysqlConnection } from '../api/index.js';
import { internals, isBusy } from '../mysql/driver.js';
import { trackLeases, type ConnectionLeases } from './connection-leases.js';
import type { PromiseClasses } from './promise-classes.js';
import type { BasePoolConnection, ConnectionConfig, CoreModule, Query } from './mysql2-module.js';

export type PoolConnectionClass = new (
  pool: unknown,
  options: { readonly config: ConnectionConfig },
) => MysqlConnection;

/** Creates the connection class for a copy of mysql2: a subclass of that copy's own. */
export function poolConnectionClass(core: CoreModule, promises: () => PromiseClasses): PoolConnectionClass {
  return class PoolConnection extends core.PoolConnection {
    readonly #leases: ConnectionLeases;

    constructor(pool: unknown, options: { readonly config: ConnectionConfig }) {
      super(pool, options);
      this.#leases = trackLeases(this);
      // The loss of an idle connection must not end the process.
      this.on('error', () => undefined);
    }

    /** mysql2's type declarations promise this property. */
    get connection(): this {
      return this;
    }

    override release(): void {
      this.#leases.release();
    }

    override destroy(): void {
      // Not for a busy connection: mysql2's `destroy` would drop the callbacks of running commands.
      const isIdle = !isBusy(this);
      this.#leases.destroy();
      if (isIdle) super.destroy();
    }

    /** Releases the connection, as mysql2 does. With `gracefulEnd` it leaves the pool and is closed with COM_QUIT. */
    override end(options?: unknown, callback?: unknown): void {
      const done = [options, callback].find((each): each is () => void => typeof each === 'function');
      if (this.config.gracefulEnd === true) {
        if (done !== undefined) internals(this).stream.once('close', () => done());
        this.#leases.retire();
        return;
      }
      this.#leases.release();
      done?.();
    }

    override promise(implementation?: PromiseConstructor): never {
      return new (promises().PromisePoolConnection)(this, implementation, this.#leases.lease) as never;
    }

    /**
     * Called by mysql2 when the connection is lost. That ends the loan, whether or not the connection is ever released.
     */
    override _removeFromPool(): void {
      // The pool is told in the same tick, by a listener that is added later than mysql2's; it must be told first.
      process.nextTick(() => this.#leases.die());
    }

    /** mysql2 informs only commands with a callback; a streamed command would never end. */
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
    // Other commands, such as the handshake, handle the loss themselves.
    if (typeof command?.stream !== 'function' || typeof command.onResult === 'function') return false;
    const isNew = !told.has(command);
    told.add(command);
    return isNew;
  });
}
