import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { manifest, root } from './workshop.mjs';

// With the sources that stack traces lead to, and the documentation. The gateway, with the protocol, is a quarter of it.
const MOST_BYTES = 1.5 * 1024 * 1024;

/** Checks of what was packed. `report` is npm's account of the tarball, `installed` the folder it was installed in. */
export function packageChecks(report, installed) {
  const folder = join(installed, 'node_modules', manifest.name);
  const files = report.files.map(({ path }) => path);
  const checks = {
    'what is packed': () => [...unwanted(files), ...missing(files), ...tooBig(report)],
    'every target of exports and typesVersions is there': () => targets(folder),
    'every source map points to a packed source': () => sourceMaps(folder, files),
    'the same files for all entries': () => loneCopies(folder, files),
    'no path of the building machine': () => ownPaths(folder, files),
    'src/pool needs only node:': () => engineImports(folder, files),
    'no import cycle': () => cycles(requireGraph(folder, files, AT_ONCE)),
  };
  return Object.entries(checks).map(([name, defects]) => ({
    name: `package: ${name}`,
    run: () => {
      const found = defects();
      if (found.length > 0) throw new Error(found.join('\n'));
    },
  }));
}

function unwanted(files) {
  const wanted =
    /^(dist\/.+\.(js|d\.ts|js\.map)|src\/.+\.ts|docs\/.+\.(md|yml|json|png)|package\.json|LICENSE|(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md)$/;
  // Its scripts are ES modules, and the package's others are not.
  const isWanted = (file) => wanted.test(file) || file === 'src/monitor/page/package.json';
  return files.filter((file) => !isWanted(file) || /\.test\.|test\//.test(file)).map((file) => `${file} is packed`);
}

function missing(files) {
  const expected = [
    ...['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'src/index.ts'],
    ...['dist/index.js', 'dist/index.d.ts', 'dist/monitor/page-assets.js'],
  ];
  return expected.filter((file) => !files.includes(file)).map((file) => `${file} is not packed`);
}

function tooBig({ size }) {
  return size > MOST_BYTES ? [`${size} bytes packed; at most ${MOST_BYTES}`] : [];
}

function targets(folder) {
  const paths = [...leaves(manifest.exports), ...leaves(manifest.typesVersions), manifest.main, manifest.types];
  const subpaths = Object.keys(manifest.exports).filter((path) => path !== '.' && !path.endsWith('.json'));
  const named = Object.keys(manifest.typesVersions['*']);
  return [
    ...paths.filter((path) => !existsSync(join(folder, path))).map((path) => `${path} does not exist`),
    ...subpaths.filter((path) => !named.includes(path.slice(2))).map((path) => `typesVersions lacks ${path}`),
  ];
}

function leaves(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves);
}

function sourceMaps(folder, files) {
  return files
    .filter((file) => file.endsWith('.map'))
    .flatMap((file) => {
      const { sourceRoot = '', sources } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const paths = sources.map((source) => join(dirname(file), sourceRoot, source));
      return paths.filter((path) => !files.includes(path)).map((path) => `${file} points to ${path}`);
    });
}

/** A module in two files would be two modules in a process: two limits, two registries, two async contexts. */
function loneCopies(folder, files) {
  const places = new Map();
  for (const file of files.filter((name) => /^dist\/.*\.js\.map$/.test(name))) {
    for (const source of JSON.parse(readFileSync(join(folder, file), 'utf8')).sources) {
      const path = join(dirname(file), source);
      places.set(path, [...(places.get(path) ?? []), file]);
    }
  }
  if (places.size < 100) return [`source maps name ${places.size} sources only`];
  return [...places].filter(([, all]) => all.length > 1).map(([path, all]) => `${path} is in ${all.join(' and ')}`);
}

function ownPaths(folder, files) {
  const found = files.filter((file) => readFileSync(join(folder, file), 'utf8').includes(root));
  return found.map((file) => `${file} names ${root}`);
}

const IMPORTS = [/\brequire\(["']([^"']+)["']\)/g, /\bfrom ["']([^"']+)["']/g, /\bimport\(["']([^"']+)["']\)/g];
// What is indented is in a function, and required when that is called: two files may need each other then.
const AT_ONCE = [/^\S.*\brequire\(["']([^"']+)["']\)/gm];

/** What a compiled file or its types require. */
function imports(folder, file, patterns = IMPORTS) {
  const text = readFileSync(join(folder, file), 'utf8');
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]));
}

/** The types, and what is run, with all that it loads. */
function engineImports(folder, files) {
  const types = files.filter((file) => /^dist\/pool\/.*\.d\.ts$/.test(file));
  if (types.length === 0) return ['dist/pool is empty'];
  const graph = requireGraph(folder, files);
  const engine = new Set(['dist/pool/index.js']);
  for (const file of engine) for (const next of graph.get(file)) engine.add(next);
  return [...types, ...engine].flatMap((file) =>
    imports(folder, file)
      .filter((specifier) => !/^(node:|\.\.?\/)/.test(specifier) || specifier.startsWith('../..'))
      .map((specifier) => `${file} imports ${specifier}`),
  );
}

/** The emitted modules and what they require of each other. */
function requireGraph(folder, files, patterns) {
  const modules = files.filter((file) => /^dist\/.*\.js$/.test(file));
  return new Map(
    modules.map((file) => {
      const own = imports(folder, file, patterns).filter((specifier) => specifier.startsWith('.'));
      return [file, own.map((specifier) => join(dirname(file), specifier))];
    }),
  );
}

function cycles(graph) {
  const found = [];
  const done = new Set();
  const visit = (file, path) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file)) return;
    done.add(file);
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
