import { inHook } from './hooks.js';
import type { Command, MysqlConnection } from './driver.js';

/** Sets up a connection; see `MysqlPoolOptions.onConnect`. */
export type ConnectHook = (connection: MysqlConnection) => unknown;

const ofParts = new WeakSet<ConnectHook>();

/** A hook that is made here of others, and of steps of our own: it names each part that is the application's itself. */
export function hookOfParts<H extends ConnectHook>(hook: H): H {
  ofParts.add(hook);
  return hook;
}

/** Runs the hook to its end. What it sends may be awaited. */
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
 * Has `query` and `execute` of a connection, that of mysql2's callbacks, return what may be awaited as in the promise API:
 * of mysql2 alone that of `query` throws, and that of `execute` is not waited for. What is not awaited is as ever.
 * @returns what ends it
 */
export function letAwait(connection: MysqlConnection): () => void {
  const undo = (['query', 'execute'] as const).map((method) => {
    const own = Object.getOwnPropertyDescriptor(connection, method);
    const theirs = Reflect.get(connection, method) as Send;
    const ours: Send = (...given) => awaitable(Reflect.apply(theirs, connection, given));
    Object.defineProperty(connection, method, { value: ours, configurable: true, writable: true });
    return (): void => {
      if (Reflect.get(connection, method) !== ours) return;
      // Not deleted: V8 would keep the connection as a hash table from then on, slow for all that is done with it.
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
      // What cannot be prepared is told by an event alone.
      command.on('error', reject);
    });
  const then: Promise<unknown>['then'] = (fulfilled, rejected) => (answer ??= read()).then(fulfilled, rejected);
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is for
  return Object.assign(command, { then });
}
