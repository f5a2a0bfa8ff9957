import { writeFileSync } from 'node:fs';
import { startServer, type ServerKind, type TestServer } from '../../support/servers/index.js';
import { gather } from './gather.js';
import { PAGE, pageOf, recordedPage, withoutTimes } from './table.js';

// Writes docs/orm/errors.md, or with --check compares it with what is so: run by `npm run errors`.

async function main(): Promise<void> {
  const servers: TestServer[] = [];
  const start = async (kind: ServerKind): Promise<TestServer> => {
    const server = await startServer(kind);
    servers.push(server);
    return server;
  };
  try {
    if (process.argv.includes('--check')) check(pageOf(await gather(start, { atOnce: true })));
    else writeFileSync(PAGE, pageOf(await gather(start, { atOnce: false })));
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
}

/** Tells each line that is not as the page says. */
function check(page: string): void {
  const [found, recorded] = [page, recordedPage()].map((text) => withoutTimes(text).split('\n')) as [
    string[],
    string[],
  ];
  for (let line = 0; line < Math.max(found.length, recorded.length); line++) {
    if (found[line] === recorded[line]) continue;
    console.log(`docs/orm/errors.md:${line + 1} says\n  ${recorded[line]}\nand it is\n  ${found[line]}`);
    process.exitCode = 1;
  }
  console.log(process.exitCode === 1 ? 'if it is meant to be, `npm run errors` writes it anew' : 'every ORM throws what docs/orm/errors.md says'); // prettier-ignore
}

void main();
