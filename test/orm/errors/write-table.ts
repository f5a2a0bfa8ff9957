import { writeFileSync } from 'node:fs';
import { startServer, type ServerKind, type TestServer } from '../../support/servers/index.js';
import { gather } from './gather.js';
import { PAGE, pageOf } from './table.js';

// Writes docs/orm/errors.md: run by `npm run errors`.

async function main(): Promise<void> {
  const servers: TestServer[] = [];
  const start = async (kind: ServerKind): Promise<TestServer> => {
    const server = await startServer(kind);
    servers.push(server);
    return server;
  };
  try {
    writeFileSync(PAGE, pageOf(await gather(start, { atOnce: false })));
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
}

void main();
