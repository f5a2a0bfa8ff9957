import { findBinary, wantedSuite } from './find-binary.js';
import { existingServer } from './foreign-server.js';
import { OwnServer } from './own-server.js';
import { consoleProgress } from './progress.js';
import type { Progress } from './progress.js';
import { dockerEngine, hasDocker, programEngine } from './server-engine.js';
import type { EngineFactory } from './server-engine.js';
import type { ServerKind, ServerOptions, TestServer } from './test-server.js';

/**
 * Starts a server of that kind and waits until it answers. Taken is the first that can be had: the one named by
 * `MYSQLPOOL_TEST_URL` (as it is, so only without options), one of the suite that `MYSQLPOOL_TEST_MARIADB` or
 * `MYSQLPOOL_TEST_MYSQL` names (`trixie`), a program on the PATH, one fetched with apt's client
 * into the cache folder, an image in Docker. Rejects with one line that says what to install.
 */
export async function startServer(kind: ServerKind, options: ServerOptions = {}): Promise<TestServer> {
  if (Object.keys(options).every((name) => name === 'onProgress')) {
    const existing = await existingServer(kind);
    if (existing) return existing;
  }
  return startOwnServer(kind, options);
}

/** The same, but never somebody else's server: for tests that stop, kill or freeze it. */
export async function startOwnServer(kind: ServerKind, options: ServerOptions = {}): Promise<OwnServer> {
  const progress = options.onProgress ?? consoleProgress(kind);
  return OwnServer.start(kind, options, await findEngine(kind, progress), progress);
}

async function findEngine(kind: ServerKind, progress: Progress): Promise<EngineFactory> {
  try {
    return programEngine(await findBinary(kind, progress));
  } catch (error) {
    if (wantedSuite(kind) === undefined && (await hasDocker())) return dockerEngine;
    const [name, program] = kind === 'mysql' ? ['MySQL 8.0', 'mysqld'] : ['MariaDB 10.6', 'mariadbd'];
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new Error(
      `No ${kind} server to be had: install ${name} or later (${program} on the PATH), start Docker, or set MYSQLPOOL_TEST_URL (${reason})`,
      { cause: error },
    );
  }
}
