import { findBinary, wantedSuite } from './find-binary.js';
import { existingServer } from './foreign-server.js';
import { OwnServer } from './own-server.js';
import { consoleProgress } from './progress.js';
import type { Progress } from './progress.js';
import { dockerEngine, hasDocker, programEngine } from './server-engine.js';
import type { EngineFactory } from './server-engine.js';
import type { ServerKind, ServerOptions, TestServer } from './test-server.js';

/**
 * Starts a server of that kind and waits until it answers. The first available one of these is used: the server at
 * `MYSQLPOOL_TEST_URL` (only without options, since it runs already); one from the suite that `MYSQLPOOL_TEST_MARIADB`
 * or `MYSQLPOOL_TEST_MYSQL` names (such as `trixie`); a program on the PATH; one fetched by apt into the cache folder;
 * a Docker image. Rejects with one line that says what to install.
 */
export async function startServer(kind: ServerKind, options: ServerOptions = {}): Promise<TestServer> {
  if (Object.keys(options).every((name) => name === 'onProgress')) {
    const existing = await existingServer(kind);
    if (existing) return existing;
  }
  return startOwnServer(kind, options);
}

/** Like `startServer`, but never uses `MYSQLPOOL_TEST_URL`: for tests that stop, kill or freeze the server. */
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
