// npm run test:consumers -- [--keep] [--all] [part of a name ...]
import { availableParallelism } from 'node:os';
import { consumers, NODES, OLDEST, TOOLS } from './matrix.mjs';
import { packageChecks } from './package-checks.mjs';
import { endServers, startServers } from './servers.mjs';
import { Workshop } from './workshop.mjs';

const args = process.argv.slice(2);
const parts = args.filter((arg) => arg !== '--keep' && arg !== '--all');
const workshop = new Workshop();
const servers = [];
const counts = { passed: 0, failed: 0 };

async function attempt({ name, run }) {
  try {
    await run();
    counts.passed++;
    console.log(`ok ${name}`);
  } catch (error) {
    counts.failed++;
    console.log(`not ok ${name}\n${error.message.replaceAll(/^/gm, '    ')}`);
  }
}

/** Runs them a few at a time, in order. */
async function attemptAll(all) {
  const rest = all.values();
  const workers = Array.from({ length: Math.max(2, availableParallelism()) }, async () => {
    for (const each of rest) await attempt(each);
  });
  await Promise.all(workers);
}

async function prepare() {
  const [report] = await Promise.all([
    workshop.pack(),
    // npm fetches them meanwhile; if it cannot, the consumers that need them say so.
    Promise.allSettled(NODES.map((major) => workshop.node(major))),
  ]);
  const [installed] = await Promise.all([
    workshop.install('main', TOOLS),
    workshop.install('oldest', OLDEST),
    startServers().then((started) => servers.push(...started)),
  ]);
  return [
    ...packageChecks(report, installed),
    ...consumers(workshop, servers, args.includes('--all')).map(({ name, run }) => ({ name: `consumer ${name}`, run })),
  ].filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
}

async function tidy() {
  await endServers(servers.splice(0));
  if (args.includes('--keep')) console.log(`kept in ${workshop.folder}`);
  else workshop.remove();
}

// Signals come twice when both npm and the terminal send them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => void tidy().finally(() => process.exit(1)));
}
// `npm run test:consumers | head` may stop reading early; the servers have to be ended all the same.
process.stdout.on('error', () => void tidy().finally(() => process.exit(1)));

let chosen = [];
await attempt({
  name: 'packed and installed',
  run: async () => {
    chosen = await prepare();
    if (chosen.length === 0) throw new Error(`no check or consumer whose name contains ${parts.join(' or ')}`);
  },
});
await attemptAll(chosen);
await tidy();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
