import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { besideOthers } from './beside.mjs';
import { command, expectOk, npx } from './command.mjs';
import { otherRuntimes } from './runtimes.mjs';
import { typesOfEveryEntry } from './types.mjs';
import { manifest, root } from './workshop.mjs';

/** The oldest Node that we support, and the newer lines that are maintained. */
export const NODES = [20, 22, 24];

/** Small programs that print `ok`, by the template they are in. */
const APPS = [
  { name: 'cjs', file: 'app.cjs', type: 'commonjs' },
  { name: 'esm', file: 'app.mjs', type: 'module' },
  { name: 'same-class', file: 'app.mjs', type: 'module' },
  { name: 'lend', file: 'app.cjs', type: 'commonjs' },
];

const TYPESCRIPTS = ['5.4', '5.9', '6.0', '7.0'];

/** The ways a project may be set up for TypeScript, with the compilers that know them. */
const SETUPS = [
  // Here typesVersions stands in for exports. Deprecated in TypeScript 6, gone in 7.
  { module: 'commonjs', resolution: 'node10', type: 'commonjs', versions: ['5.4', '5.9', '6.0'] },
  { module: 'node16', resolution: 'node16', type: 'commonjs', versions: TYPESCRIPTS },
  { module: 'node16', resolution: 'node16', type: 'module', versions: TYPESCRIPTS },
  { module: 'preserve', resolution: 'bundler', type: 'module', versions: TYPESCRIPTS },
  // The rest finds the same files as node16, so that the libraries' types need not be checked once more.
  ...['commonjs', 'module'].flatMap((type) => [
    { module: 'node20', resolution: 'node16', type, versions: ['5.9', '6.0', '7.0'], skipLibCheck: true },
    { module: 'nodenext', resolution: 'nodenext', type, versions: ['5.4', '7.0'], skipLibCheck: true },
  ]),
  {
    module: 'node16',
    resolution: 'node16',
    type: 'commonjs',
    versions: TYPESCRIPTS,
    skipLibCheck: true,
    legacyDecorators: true,
  },
];

/** What the consumers need besides the package. */
export const TOOLS = {
  // Not newer: the types of later Nodes do not compile with TypeScript 5.4.
  '@types/node': '~20.19.0',
  esbuild: '^0.28.0',
  express: '^5.1.0',
  fastify: '^5.6.0',
  jest: '^30.0.0',
  // Not newer: the next needs Node 22.
  vitest: '^4.1.0',
  ...Object.fromEntries(TYPESCRIPTS.map((version) => [`typescript-${version}`, `npm:typescript@~${version}.0`])),
};

// What createPool refuses to go below; the peer range is wider, for register.
const OLDEST_DRIVER = '3.23.3';

/** The same without tools, and the oldest driver that we promise to work with. */
export const OLDEST = { '@types/node': TOOLS['@types/node'], mysql2: OLDEST_DRIVER };

/**
 * Every consumer has a name, and a `run` that rejects when the package does not work for it. With `all`, every pair of
 * what is otherwise tried in a few.
 */
export function consumers(workshop, servers, all) {
  return [
    ...besideOthers(workshop, all),
    ...otherRuntimes(workshop, servers),
    ...typesOfEveryEntry(workshop, TYPESCRIPTS, all),
    ...NODES.flatMap((major) =>
      servers.flatMap((server) =>
        ['query', 'idle', 'shutdown'].map((template) => onServer(workshop, server, template, major)),
      ),
    ),
    ...NODES.flatMap((major) => APPS.map((app) => plain(workshop, app, major))),
    ...APPS.map((app) => withOldestDriver(workshop, app)),
    jest(workshop),
    vitest(workshop),
    ...['esm', 'cjs'].flatMap((format) => ['app', 'page'].map((program) => esbuild(workshop, program, format))),
    readme(workshop),
    commandLine(workshop),
    ...SETUPS.flatMap((setup) => setup.versions.map((version) => typescript(workshop, setup, version))),
  ];
}

function plain(workshop, app, major) {
  return {
    name: `${app.name} (node ${major})`,
    run: async () =>
      runApp(await workshop.node(major), workshop.project('main', `${app.name}-${major}`, app.name, app.type), app),
  };
}

function onServer(workshop, server, template, major) {
  return {
    name: `${template} ${server.kind} (node ${major})`,
    run: async () => {
      const cwd = workshop.project('main', `${template}-${server.kind}-${major}`, template, 'commonjs');
      const env = { MYSQLPOOL_CONSUMER_URL: server.url() };
      expectOk(await command(await workshop.node(major), ['app.cjs'], { cwd, env }));
    },
  };
}

function withOldestDriver(workshop, app) {
  return {
    name: `${app.name} (mysql2 ${OLDEST_DRIVER})`,
    run: () => runApp(process.execPath, workshop.project('oldest', app.name, app.name, app.type), app),
  };
}

async function runApp(node, cwd, { file }) {
  expectOk(await command(node, [file], { cwd }));
}

function jest(workshop) {
  return {
    name: 'jest 30',
    run: async () => {
      const cwd = workshop.project('main', 'jest', 'jest', 'commonjs');
      await command(process.execPath, [tool(workshop, 'jest', 'bin/jest.js'), '--ci', '--rootDir', cwd], { cwd });
    },
  };
}

function vitest(workshop) {
  return {
    name: 'vitest 4',
    run: async () => {
      const cwd = workshop.project('main', 'vitest', 'vitest', 'module');
      await command(process.execPath, [tool(workshop, 'vitest', 'vitest.mjs'), 'run', '--root', cwd], { cwd });
    },
  };
}

/** Puts a program, the package and the driver into one file, and runs it where no package can be found. */
function esbuild(workshop, program, format) {
  return {
    name: `esbuild: ${program} (${format})`,
    run: async () => {
      const cwd = workshop.project('main', `esbuild-${program}-${format}`, 'esbuild', 'module');
      const elsewhere = workshop.empty(`bundle-${program}-${format}`);
      const outfile = join(elsewhere, `${program}.${format === 'esm' ? 'mjs' : 'cjs'}`);
      const options = ['--bundle', '--platform=node', '--target=node20', `--format=${format}`, `--outfile=${outfile}`];
      // A bundle of ES modules has no `require` of its own, which the driver's code asks for.
      const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
      if (format === 'esm') options.push(`--banner:js=${banner}`);
      await command(tool(workshop, 'esbuild', 'bin/esbuild'), [`${program}.mjs`, ...options], { cwd });
      expectOk(await command(process.execPath, [outfile], { cwd: elsewhere }));
    },
  };
}

/** The command is linked, may be executed, and finds its own manifest. */
function commandLine(workshop) {
  return {
    name: 'npx mysqlpool',
    run: async () => {
      const output = await npx(['--no-install', 'mysqlpool', '--version'], { cwd: join(workshop.folder, 'main') });
      if (output.trim() !== manifest.version) throw new Error(`expected ${manifest.version}, got ${output}`);
    },
  };
}

/** Compiles the examples of the README as they stand there. */
function readme(workshop) {
  return {
    name: 'examples of the README',
    run: async () => {
      const cwd = workshop.project('main', 'readme', 'readme', 'module');
      const examples = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)];
      if (examples.length === 0) throw new Error('there are none');
      examples.forEach(([, text], index) => writeFileSync(join(cwd, `example-${index + 1}.ts`), text));
      await command(process.execPath, [tool(workshop, 'typescript-7.0', 'bin/tsc'), '-p', '.'], { cwd });
    },
  };
}

/** Compiles strictly, and runs what comes out. */
function typescript(workshop, { module, resolution, type, ...other }, version) {
  const words = [module === 'preserve' ? resolution : module === 'commonjs' ? resolution : module, type];
  if (other.legacyDecorators) words.push('legacy decorators');
  const name = `typescript ${version} (${words.join(', ')})`;
  return {
    name,
    run: async () => {
      const cwd = workshop.project('main', name.replaceAll(/[^\w.]+/g, '-'), 'typescript', type);
      const options = ['--module', module, '--moduleResolution', resolution];
      if (other.legacyDecorators) options.push('--experimentalDecorators');
      if (other.skipLibCheck) options.push('--skipLibCheck');
      if (resolution === 'node10' && version === '6.0') options.push('--ignoreDeprecations', '6.0');
      await command(process.execPath, [tool(workshop, `typescript-${version}`, 'bin/tsc'), '-p', '.', ...options], {
        cwd,
      });
      expectOk(await command(process.execPath, ['out/usage.js'], { cwd }));
    },
  };
}

function tool(workshop, name, file) {
  return join(workshop.folder, 'main', 'node_modules', name, file);
}
