import { canFetch, fetchedBinary } from './fetched-binary.js';
import type { Progress } from './progress.js';
import { installedBinary } from './server-binary.js';
import type { ServerBinary } from './server-binary.js';
import type { ServerKind } from './test-server.js';

/**
 * Variables that name a distribution's suite to take the server from.
 * @default the PATH, else this machine's own suite
 */
const SUITE_VARIABLES: Record<ServerKind, string> = {
  mariadb: 'MYSQLPOOL_TEST_MARIADB',
  mysql: 'MYSQLPOOL_TEST_MYSQL',
};

export function wantedSuite(kind: ServerKind, env = process.env): string | undefined {
  const suite = env[SUITE_VARIABLES[kind]];
  if (suite === undefined || suite === '') return undefined;
  // The suite becomes part of a folder's name and of a source file for apt.
  if (!/^[a-z][a-z-]*$/.test(suite)) {
    throw new Error(
      `${SUITE_VARIABLES[kind]}: expected the name of a suite, such as trixie, got ${JSON.stringify(suite)}`,
    );
  }
  return suite;
}

const found = new Map<ServerKind, Promise<ServerBinary>>();

/**
 * A server program of that kind: from the suite that the environment names, else from the PATH, else fetched. Rejects
 * with the reason if there is none.
 */
export function findBinary(kind: ServerKind, progress: Progress): Promise<ServerBinary> {
  let binary = found.get(kind);
  if (!binary) {
    binary = search(kind, progress);
    found.set(kind, binary);
    // A failure is not cached: the network may come back.
    binary.catch(() => found.delete(kind));
  }
  return binary;
}

async function search(kind: ServerKind, progress: Progress): Promise<ServerBinary> {
  const suite = wantedSuite(kind);
  const installed = suite === undefined ? await installedBinary(kind) : undefined;
  if (installed) return installed;
  if (!canFetch()) throw new Error('no apt-get to fetch it with');
  return fetchedBinary(kind, progress, { suite });
}
