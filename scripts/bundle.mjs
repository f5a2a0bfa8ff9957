// Puts the modules of src/ together into few files. Node takes longer to find, read and run a hundred small files than to run
// what is in them. All entries are built in one go: what several of them need is in a file that they share, so that there is
// one copy of it in a process, whatever is loaded. What the sources `require` when it is needed stays a file of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './setup.mjs';

const sources = join(root, 'src');
const LATER = /\brequire\('(\.[^']+)\.js'\)/g;
const marker = 'required-when-needed:';

/**
 * @param manifest the package's own, whose targets are the entries
 * @param folder for the files: `folder/index.js` for `./dist/index.js`
 * @returns what rolldown has written
 */
export async function bundle(manifest, folder) {
  const entries = await entriesOf(manifest);
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(sources, `${name}.ts`)])),
    platform: 'node',
    external: /^[^./]/,
    // The folders that it says are without side effects are those of dist/.
    treeshake: { moduleSideEffects: (id) => !SPLIT.includes(layerOf(id)) },
    tsconfig: false,
    transform: { target: 'es2023' },
    plugins: [resolver],
  });
  try {
    const { output } = await build.write({
      dir: folder,
      format: 'cjs',
      // As tsc marks them: whoever imports them from TypeScript gets them as they are, not a copy.
      exports: 'named',
      esModule: true,
      generatedCode: { symbols: false },
      entryFileNames: '[name].js',
      // One folder deep, as the entries are: where a file looks for the package's folder does not depend on who shares it.
      chunkFileNames: 'shared/[name].js',
      codeSplitting: { groups },
      comments: false,
      sourcemap: true,
      sourcemapExcludeSources: true,
      sourcemapPathTransform: (source, map) => inPackage(source, map, folder),
    });
    return output;
  } finally {
    await build.close();
  }
}

/**
 * What nearly every way into the package needs is in few files, which are found faster than many. Those that need others
 * come later: rolldown puts what a module imports beside it if it is in no file yet.
 */
// Limits are apart from the driver: a gateway has them, and needs none.
const SHARED = ['pool', 'scope', 'budget', 'basics', 'session', 'mysql', 'settings', 'orm'];
// Small, and of use to nearly every ORM.
const OF_ORMS = ['orm/begins-transaction.ts', 'orm/deadlines.ts', 'orm/tested-versions.ts'];
const groups = SHARED.map((name, index) => ({
  name: (id, modules) => (sharedFileOf(id, modules) === name ? name : null),
  debugName: name,
  priority: SHARED.length - index,
}));

// Layers with much that only the gateway or Redis has a use for, and whose modules do nothing by being loaded.
const SPLIT = ['session', 'budget'];
const FEW = new Set(['gateway', 'cli', 'fleet.ts']);

function sharedFileOf(id, modules) {
  const layer = layerOf(id);
  // Who only asks for a pool's fleet has asked neither for fleets nor for the driver.
  if (nameOf(id) === 'budget/fleet-of.ts') return 'pool';
  if (SPLIT.includes(layer) && !usedByMany(layer, modules).has(id)) return null;
  // Without what reads settings, which is loaded when they are wanted.
  if (layer === 'settings')
    return reaches(join(sources, 'settings/index.ts'), modules, (next) => next === id) ? layer : null;
  if (layer === 'orm') return OF_ORMS.includes(nameOf(id)) ? layer : null;
  if (!['mysql', 'api', 'log'].includes(layer)) return layer;
  // Who needs only what can do without the driver has not asked for the driver.
  if (reaches(id, modules, (next) => next === 'mysql2')) return 'mysql';
  return reaches(id, modules, (next) => nameOf(next).startsWith('session/')) ? 'session' : 'basics';
}

const used = new Map();

/** The modules of a layer that others than those few have a use for, by the names that they import of its index. */
function usedByMany(layer, modules) {
  if (used.has(layer)) return used.get(layer);
  const index = join(sources, layer, 'index.ts');
  const exporters = new Map(
    namesIn(index).flatMap(({ names, from }) => names.map((name) => [name, join(sources, layer, from.slice(2))])),
  );
  const many = filesIn(sources).filter((file) => layerOf(file) !== layer && !FEW.has(layerOf(file)));
  const wanted = many
    .flatMap(namesIn)
    .filter(({ from }) => from.endsWith(`/${layer}/index.js`))
    .flatMap(({ names }) => names.map((name) => exporters.get(name)?.replace(/\.js$/, '.ts')));
  const found = new Set();
  const add = (id) => {
    if (id === undefined || found.has(id) || layerOf(id) !== layer) return;
    found.add(id);
    for (const next of modules.getModuleInfo(id)?.importedIds ?? []) add(next);
  };
  for (const id of wanted) add(id);
  used.set(layer, found);
  return found;
}

/** What a module imports or hands on by name, but for types. */
const namesIn = (file) =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export) \{([^}]*)\} from '([^']+)'/gm)].map(
    ([, names, from]) => ({
      names: names
        .split(',')
        .map((name) => name.trim().split(' as ')[0])
        .filter((name) => name !== '' && !name.startsWith('type ')),
      from,
    }),
  );

function reaches(id, modules, isWanted, seen = new Set()) {
  if (isWanted(id)) return true;
  if (seen.has(id)) return false;
  seen.add(id);
  return modules.getModuleInfo(id)?.importedIds.some((next) => reaches(next, modules, isWanted, seen)) ?? false;
}

/** The names of modules in src/ that get a file of their own: what users load, and what is loaded when it is needed. */
async function entriesOf(manifest) {
  const targets = [...Object.values(manifest.exports), ...Object.values(manifest.bin)];
  const names = targets.filter((target) => target.endsWith('.js')).map((target) => target.slice('./dist/'.length, -3));
  const later = await Promise.all(filesIn(sources).map(requiredIn));
  return [...new Set([...names, ...later.flat()])].filter((name) => existsSync(join(sources, `${name}.ts`)));
}

async function requiredIn(file) {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(LATER)].map(([, path]) => nameOf(join(dirname(file), path)));
}

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(sources, 'monitor', 'page')));
}

const layerOf = (path) => nameOf(path).split('/')[0];
const nameOf = (path) => relative(sources, path).replaceAll('\\', '/');

const resolver = {
  name: 'modules of src/',
  resolveId(specifier, importer, { kind }) {
    if (importer === undefined || !specifier.startsWith('.')) return undefined;
    const path = join(dirname(importer), specifier);
    return kind === 'require-call' ? { id: `${marker}${nameOf(path)}`, external: true } : path.replace(/\.js$/, '.ts');
  },
  renderChunk(code, { fileName }) {
    if (!code.includes(marker)) return undefined;
    const folder = posix.dirname(fileName);
    const found = code.replaceAll(new RegExp(`${marker}([\\w./-]+)`, 'g'), (_, name) => {
      const path = posix.relative(folder, name);
      return path.startsWith('.') ? path : `./${path}`;
    });
    // The source map stays right: what follows on such a line is brackets.
    return { code: found, map: null };
  },
};

/** The package's sources lie beside dist/, wherever it is built. */
function inPackage(source, map, folder) {
  const name = nameOf(join(dirname(map), source));
  return posix.join(posix.relative(dirname(relative(folder, map)), '.') || '.', '..', 'src', name);
}
