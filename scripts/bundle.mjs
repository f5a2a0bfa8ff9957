// Bundles the modules of src/ into a few files, since Node needs more time to find and read a hundred small files than
// to run them. All entry points are built together: modules that several of them need go into shared files, so that a
// process has only one copy of each. Modules that the sources `require` lazily stay separate files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './setup.mjs';

const sources = join(root, 'src');
const LATER = /\brequire\('(\.[^']+)\.js'\)/g;
const marker = 'required-when-needed:';

/**
 * @param manifest the package.json, whose `exports` and `bin` are the entry points
 * @param folder the output folder: `folder/index.js` for `./dist/index.js`
 * @returns the output of rolldown
 */
export async function bundle(manifest, folder) {
  const entries = await entriesOf(manifest);
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(sources, `${name}.ts`)])),
    platform: 'node',
    external: /^[^./]/,
    // The package.json lists side effects for dist/ only, so that they have to be given for src/ here.
    treeshake: { moduleSideEffects: (id) => !SPLIT.includes(layerOf(id)) },
    tsconfig: false,
    transform: { target: 'es2023' },
    plugins: [resolver],
  });
  try {
    const { output } = await build.write({
      dir: folder,
      format: 'cjs',
      // Marks the modules as tsc does (__esModule), so that imports from TypeScript use the exports object, not a copy.
      exports: 'named',
      esModule: true,
      generatedCode: { symbols: false },
      entryFileNames: '[name].js',
      // One folder deep, like the entry points, so that relative paths to the package's folder are right in shared
      // files too.
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
 * The shared files: few, since a few files are found faster than many. Files that depend on others come later: rolldown
 * adds the imports of a module to the module's file unless they are in one already. Limits (budget) are separate from
 * the driver (mysql): a gateway needs the former only.
 */
const SHARED = ['pool', 'scope', 'budget', 'basics', 'session', 'mysql', 'settings', 'orm'];
// Small modules that nearly every ORM entry point uses.
const OF_ORMS = ['orm/begins-transaction.ts', 'orm/deadlines.ts', 'orm/tested-versions.ts'];
const groups = SHARED.map((name, index) => ({
  name: (id, modules) => (sharedFileOf(id, modules) === name ? name : null),
  debugName: name,
  priority: SHARED.length - index,
}));

// Layers of which many modules are used by the gateway or Redis only. Their modules have no side effects.
const SPLIT = ['session', 'budget'];
const FEW = new Set(['gateway', 'cli', 'fleet.ts']);

function sharedFileOf(id, modules) {
  const layer = layerOf(id);
  // Reading a pool's fleet must load neither the fleet code nor the driver.
  if (nameOf(id) === 'budget/fleet-of.ts') return 'pool';
  if (SPLIT.includes(layer) && !usedByMany(layer, modules).has(id)) return null;
  // Only modules that the settings' index depends on: the code that reads settings is loaded lazily.
  if (layer === 'settings')
    return reaches(join(sources, 'settings/index.ts'), modules, (next) => next === id) ? layer : null;
  if (layer === 'orm') return OF_ORMS.includes(nameOf(id)) ? layer : null;
  if (!['mysql', 'api', 'log'].includes(layer)) return layer;
  // Modules that do not depend on the driver must not be in a file that loads it.
  if (reaches(id, modules, (next) => next === 'mysql2')) return 'mysql';
  return reaches(id, modules, (next) => nameOf(next).startsWith('session/')) ? 'session' : 'basics';
}

const used = new Map();

/**
 * The modules of a layer that are used by modules outside of `FEW`, found by the names imported from the layer's index.
 */
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

/** The names that a module imports or re-exports, except types. */
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

/** The names of modules in src/ that get their own file: entry points, and modules that are loaded lazily. */
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
    // The source map remains right, since only brackets follow on such a line.
    return { code: found, map: null };
  },
};

/** The path of a source as seen from the package, in which src/ is beside dist/. */
function inPackage(source, map, folder) {
  const name = nameOf(join(dirname(map), source));
  return posix.join(posix.relative(dirname(relative(folder, map)), '.') || '.', '..', 'src', name);
}
