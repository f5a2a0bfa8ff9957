import { internals, isBusy } from '../mysql/driver.js';
import type { MysqlConnection } from '../api/index.js';
import { pingServer } from '../mysql/own-commands.js';

type Method = 'query' | 'execute';
type Call = readonly [method: Method, args: readonly unknown[]];
type AnyMethod = (...args: unknown[]) => unknown;

/** What listeners of `connection` told a new connection to do: said again when its session had to be reset. */
export type Introduction = readonly Call[];

// A listener that awaits its statements one by one sends each when the last was answered.
const MOST_ROUNDS = 100;

/** Runs `listen` on a new connection and waits until all that it sends has been answered. */
export async function introduce(connection: MysqlConnection, listen: () => void): Promise<Introduction> {
  const said: Call[] = [];
  const stopRecording = record(connection, said);
  try {
    listen();
    if (isBusy(connection)) await settled(connection);
  } finally {
    stopRecording();
  }
  return said;
}

/** What failed the first time fails again, and matters as little. */
export async function introduceAgain(connection: MysqlConnection, said: Introduction): Promise<void> {
  for (const [method, args] of said) {
    await new Promise<void>((resolve) => {
      (connection[method] as AnyMethod)(...args, () => resolve());
    });
  }
}

function record(connection: MysqlConnection, said: Call[]): () => void {
  const target = connection as unknown as Record<Method, AnyMethod>;
  for (const method of ['query', 'execute'] as const) {
    const send = target[method].bind(connection);
    target[method] = (...args) => {
      said.push([method, args.filter((arg) => typeof arg !== 'function')]);
      return send(...args);
    };
  }
  return () => {
    for (const method of ['query', 'execute'] as const) delete (target as Partial<Record<Method, AnyMethod>>)[method];
  };
}

async function settled(connection: MysqlConnection): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (isBusy(connection)) await pingServer(connection);
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (!isBusy(connection) || internals(connection).stream.destroyed) return;
  }
}
