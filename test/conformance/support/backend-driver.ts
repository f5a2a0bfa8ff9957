import type { Backend } from '#internal/gateway/backend.js';
import { BackendConnector } from '#internal/gateway/backend-connector.js';
import { ServerError } from '#internal/gateway/own-answer.js';
import { Password } from '#internal/wire/index.js';
import type { Driver } from './server-bench.js';

/** The gateway's connector, whose connections are lent to clients of the wire. */
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
  // As a binding does it for a client: what it leaves is not known, unless it only reads.
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
