// Writes the monitor's page as a module, dist/monitor/page-assets.js: the compiled scripts, HTML, CSS, and the charting
// library with its licence. So bundlers include the page, and no separate files have to be deployed with a program.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = 'src/monitor/page';
const compiled = 'dist/monitor/page';
const module = join(root, 'dist/monitor/page-assets.js');

/** Files that are not compiled, by their path on the page. */
const ASSETS = {
  'index.html': `${sources}/index.html`,
  'page.css': `${sources}/page.css`,
  'icon.svg': `${sources}/icon.svg`,
  'vendor/uplot.js': 'node_modules/uplot/dist/uPlot.iife.min.js',
  'vendor/uplot.css': 'node_modules/uplot/dist/uPlot.min.css',
  'vendor/uplot.LICENSE.txt': 'node_modules/uplot/LICENSE',
};

export function writePageAssets() {
  const scripts = readdirSync(join(root, sources))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.replace(/\.ts$/, '.js'));
  const files = { ...ASSETS, ...Object.fromEntries(scripts.map((name) => [name, `${compiled}/${name}`])) };
  const entries = Object.entries(files).map(([path, file]) => [`/${path}`, readFileSync(join(root, file), 'utf8')]);
  const texts = `exports.texts = ${JSON.stringify(Object.fromEntries(entries), null, 1)};\n`;
  writeIfOther(module, `'use strict';\n${texts}`);
  // For Node, which runs these scripts in tests: unlike the rest of the package, they are ES modules.
  writeIfOther(join(root, compiled, 'package.json'), readFileSync(join(root, sources, 'package.json'), 'utf8'));
}

/** Writes the file only if its content has changed, so that watchers of dist/ are not triggered needlessly. */
function writeIfOther(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  if (textOf(file) !== text) writeFileSync(file, text);
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
