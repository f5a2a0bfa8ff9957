import { inHook } from './hooks.js';
import type { Command, MysqlConnection } from './driver.js';

/** A function that sets up a new connection; see `MysqlPoolOptions.onConnect`. @since 0.1.0 */
export type ConnectHook = (connection: MysqlConnection) => unknown;

const ofParts = new WeakSet<ConnectHook>();

/**
 * Marks a hook that this package composes of several parts: errors are attributed to the part of the application that
 * failed, by its own name, and not to `onConnect` as a whole.
 */
export function hookOfParts<H extends ConnectHook>(hook: H): H {
  ofParts.add(hook);
  return hook;
}

/** Runs the hook to its end. While it runs, the commands that it sends can be awaited. */
export async function runHook(hook: ConnectHook, connection: MysqlConnection): Promise<void> {
  const end = letAwait(connection);
  try {
    if (ofParts.has(hook)) await hook(connection);
    else await inHook('onConnect', connection, () => hook(connection));
  } finally {
    end();
  }
}

type Send = (...given: unknown[]) => Command;

/**
 * Makes `query` and `execute` of a callback connection return something that can be awaited, as in the promise API. In
 * mysql2 itself, awaiting the result of `query` throws, and awaiting that of `execute` does not wait. Calls whose
 * result is not awaited behave as before.
 * @returns a function that undoes this
 */
export function letAwait(connection: MysqlConnection): () => void {
  const undo = (['query', 'execute'] as const).map((method) => {
    const own = Object.getOwnPropertyDescriptor(connection, method);
    const theirs = Reflect.get(connection, method) as Send;
    const ours: Send = (...given) => awaitable(Reflect.apply(theirs, connection, given));
    Object.defineProperty(connection, method, { value: ours, configurable: true, writable: true });
    return (): void => {
      if (Reflect.get(connection, method) !== ours) return;
      // Redefined rather than deleted: deleting a property would make V8 store the connection as a hash table, which
      // slows down every access to it.
      Object.defineProperty(connection, method, own ?? { value: theirs });
    };
  });
  return () => {
    for (const each of undo) each();
  };
}

function awaitable(command: Command): Command {
  let answer: Promise<unknown> | undefined;
  let isOver = false;
  command.on('end', () => (isOver = true));
  const read = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isOver) {
        reject(new Error('the answer came before it was awaited: await connection.query(…) where it is called'));
        return;
      }
      const { onResult } = command;
      command.onResult = (error, rows, fields) => {
        onResult?.(error, rows, fields);
        if (error) reject(error as Error);
        else resolve([rows, fields]);
      };
      // A failed prepare is reported by an event only.
      command.on('error', reject);
    });
  const then: Promise<unknown>['then'] = (fulfilled, rejected) => (answer ??= read()).then(fulfilled, rejected);
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is for
  return Object.assign(command, { then });
}
