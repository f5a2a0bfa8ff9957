import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { command, expectOk } from './command.mjs';
import { freshDatabase } from './servers.mjs';
import { templates } from './workshop.mjs';

/** The programs are npm packages; the libraries are what the templates use. */
const RUNTIMES = {
  bun: '^1.4.0',
  deno: '^2.9.0',
  knex: '^3.3.0',
  'prom-client': '^15.1.0',
  typeorm: '^1.1.0',
};

const REGISTER = './node_modules/node-mysqlpool/dist/register/index.js';

/** How each runs a file, and loads `register` before it. Node runs the same files, so that it is known what is tested. */
const PROGRAMS = [
  { name: 'node', preload: ['--import', 'node-mysqlpool/register'] },
  { name: 'bun', preload: ['--preload', 'node-mysqlpool/register'] },
  // Deno looks for what is preloaded by its path.
  { name: 'deno', first: ['run', '--allow-all'], preload: ['--preload', REGISTER] },
];

/** The package in other programs than Node, on both servers. */
export function otherRuntimes(workshop, servers) {
  return PROGRAMS.flatMap((program) =>
    servers.flatMap((server) =>
      ['api', 'orms', 'watch', 'register'].map((file) => ({
        name: `${file} ${server.kind} (${program.name})`,
        run: () => runFile(workshop, server, program, file),
      })),
    ),
  );
}

async function runFile(workshop, server, { name, first = [], preload }, file) {
  const cwd = await workshop.once('runtimes', async (folder) => {
    const installed = await workshop.install(folder, RUNTIMES);
    // Beside the manifest that names the packages: Deno looks for them there.
    cpSync(join(templates, 'runtimes'), installed, { recursive: true });
    return installed;
  });
  const database = await freshDatabase(server);
  const env = { MYSQLPOOL_CONSUMER_URL: database.url, ...(file === 'register' && { MYSQLPOOL_MAX_TOTAL: '2' }) };
  const program = name === 'node' ? process.execPath : join(cwd, 'node_modules/.bin', name);
  const args = [...first, ...(file === 'register' ? preload : []), `${file}.mjs`];
  try {
    expectOk(await command(program, args, { cwd, env }));
  } finally {
    await database[Symbol.asyncDispose]();
  }
}
