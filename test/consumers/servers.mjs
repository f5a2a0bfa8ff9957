import { join } from 'node:path';
import { command } from './command.mjs';
import { root } from './workshop.mjs';

/** Starts the servers that the tests use, one of each kind. End them with `Symbol.asyncDispose`. */
export async function startServers() {
  await command(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'test'], { cwd: root });
  const { SERVER_KINDS, startServer } = await tools();
  const started = await Promise.allSettled(SERVER_KINDS.map((kind) => startServer(kind)));
  const servers = started.flatMap(({ status, value }) => (status === 'fulfilled' ? [value] : []));
  const failure = started.find(({ status }) => status === 'rejected');
  if (failure) {
    await endServers(servers);
    throw failure.reason;
  }
  return servers;
}

/** A database that is gone when it is disposed of. */
export async function freshDatabase(server) {
  return (await tools()).freshDatabase(server);
}

const tools = () => import(join(root, '.build/test/support/servers/index.js'));

export async function endServers(servers) {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
}
