// npm run test:apps -- [--app ghost|directus] [--server mariadb|mysql] [--page FILE]
//
// Runs unmodified applications from npm, without and with `--import node-mysqlpool/register`: sends HTTP requests while
// their database restarts, and counts their sessions on the server. Run by hand, not in CI: it installs two gigabytes
// and takes a quarter of an hour.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppProcess, freePort } from './apps/app-process.mjs';
import { directus } from './apps/directus.mjs';
import { callsTo, drive, REQUESTS } from './apps/drive.mjs';
import { ghost } from './apps/ghost.mjs';
import { compile, installPackages, root } from './setup.mjs';

const MAX_TOTAL = '5';
const WAYS = [
  { name: 'stock', flags: [], env: {} },
  {
    name: 'register',
    flags: ['--import', pathToFileURL(join(root, 'dist/register/index.js')).href],
    env: { MYSQLPOOL_MAX_TOTAL: MAX_TOTAL },
  },
];

const { apps, kinds, page } = readArguments(process.argv.slice(2));
await installPackages();
await compile('test/support');
await compile('src');
const { freshDatabase, startOwnServer } = createRequire(import.meta.url)(
  join(root, '.build/test/support/servers/index.js'),
);

const rows = [];
for (const app of apps) {
  const folder = await installed(app);
  if (folder !== undefined)
    for (const kind of kinds) for (const way of WAYS) rows.push(await attempt(app, folder, kind, way));
}
const table = [
  `| | server | pool | s to start, with all migrations | failed of ${REQUESTS} | acknowledged writes lost | most sessions | ms, median |`,
  '|---|---|---|---|---|---|---|---|',
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
].join('\n');
console.log(`\n${table}`);
if (page !== undefined) fill(page, table);

function readArguments(args) {
  const known = { ghost, directus };
  const chosen = { '--app': Object.keys(known), '--server': ['mysql', 'mariadb'], '--page': undefined };
  for (let i = 0; i < args.length; i += 2) {
    const [option, value] = [args[i], args[i + 1]];
    if (!(option in chosen) || value === undefined)
      fail(`expected --app, --server or --page with a value, got ${option}`);
    if (option === '--page') chosen[option] = value;
    else if (chosen[option].includes(value)) chosen[option] = [value];
    else fail(`${option}: expected one of ${chosen[option].join(', ')}, got ${value}`);
  }
  return { apps: chosen['--app'].map((name) => known[name]), kinds: chosen['--server'], page: chosen['--page'] };
}

function fail(text) {
  console.error(text);
  process.exit(1);
}

/**
 * The folder of an application, which is kept between runs. If the installation fails, prints why and returns
 * undefined.
 */
async function installed(app) {
  const folder = join(tmpdir(), 'node-mysqlpool-apps', `${app.name.toLowerCase()}-${app.version}`);
  const stamp = join(folder, 'is-installed');
  if (existsSync(stamp)) return folder;
  console.error(`installing ${app.name} ${app.version} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await app.install(folder);
    writeFileSync(stamp, '');
    return folder;
  } catch (error) {
    console.error(`${app.name} ${app.version} cannot be installed here: ${error.message.slice(-3_000)}`);
    process.exitCode = 1;
    return undefined;
  }
}

/** One row of the table. If the application does not start on the server, the reason is printed and the row says so. */
async function attempt(app, folder, kind, way) {
  console.error(`${app.name} on ${kind}, ${way.name}`);
  const server = await startOwnServer(kind);
  const head = [
    `${app.name} ${app.version}`,
    `${kind === 'mysql' ? 'MySQL' : 'MariaDB'} ${/^[\d.]+/.exec(server.version)[0]}`,
    way.name,
  ];
  let running;
  try {
    const database = await freshDatabase(server);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    running = new AppProcess(url);
    const seconds = await running.start(app.start(folder, server, database.name, port), way.flags, way.env, app.ready);
    const calls = await app.signIn(callsTo(url));
    const { failed, errors, lost, sessions, median } = await drive(calls, server, app.written(database.name));
    for (const [text, count] of errors) console.error(`  ${count} x ${text}`);
    if (!running.isRunning) console.error(`  it ended\n${running.tail}`);
    return [...head, seconds.toFixed(0), failed, lost, sessions, median.toFixed(0)];
  } catch (error) {
    console.error(`  ${error.message}`);
    process.exitCode = 1;
    return [...head, 'does not start', '', '', '', ''];
  } finally {
    await running?.[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  }
}

/** Puts the table between the marks in the page. */
function fill(file, text) {
  const old = readFileSync(file, 'utf8');
  const filled = old.replace(/(<!-- apps -->\n)[^]*?(\n<!-- end -->)/, (_, begin, end) => `${begin}\n${text}\n${end}`);
  if (filled === old) fail(`${file} has no <!-- apps --> … <!-- end -->, or has this table already`);
  writeFileSync(file, filled);
}
