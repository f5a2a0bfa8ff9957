import type { Backend } from '#internal/gateway/backend.js';
import { BackendConnector } from '#internal/gateway/backend-connector.js';
import { ServerError } from '#internal/gateway/own-answer.js';
import { Password } from '#internal/wire/index.js';
import type { Driver } from './server-bench.js';

/** Drives the gateway's connector, whose connections are used by the gateway's clients. */
export const backendDriver: Driver<Backend> = {
  make: ({ host, port, user, password }) =>
    new BackendConnector({
      server: { host, port },
      user,
      findsRows: false,
      readsFiles: false,
      password: () => Password.of(password),
      refused: () => undefined,
      confirmed: () => undefined,
    }),
  // As `Binding` does: unless a statement only reads, the session's state is unknown after it.
  run: async (backend, sql) => {
    if (!sql.startsWith('SELECT ')) backend.carried = undefined;
    try {
      return (await backend.ask(sql)).rows[0]?.[0];
    } catch (error) {
      if (error instanceof ServerError) backend.refused(error);
      throw error;
    }
  },
  idOf: ({ id }) => id,
  cleansOneWay: true,
};
