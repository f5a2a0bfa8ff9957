// Puts what is not compiled beside the compiled page of the monitor: HTML, CSS, and the charting library with its licence.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join('monitor', 'page');

/** From the root of the repository, to below dist/monitor/page. */
const ASSETS = {
  [join('src', page, 'index.html')]: 'index.html',
  // For tools that look at the package: the page is of modules, the rest of it is not.
  [join('src', page, 'package.json')]: 'package.json',
  [join('src', page, 'page.css')]: 'page.css',
  [join('src', page, 'icon.svg')]: 'icon.svg',
  'node_modules/uplot/dist/uPlot.iife.min.js': 'vendor/uplot.js',
  'node_modules/uplot/dist/uPlot.min.css': 'vendor/uplot.css',
  'node_modules/uplot/LICENSE': 'vendor/uplot.LICENSE.txt',
};

/** Copies what has changed, so that what watches dist/ is not woken for nothing. */
export function copyAssets() {
  for (const [from, to] of Object.entries(ASSETS)) {
    const [source, target] = [join(root, from), join(root, 'dist', page, to)];
    mkdirSync(dirname(target), { recursive: true });
    if (!isSame(source, target)) copyFileSync(source, target);
  }
}

function isSame(source, target) {
  try {
    return readFileSync(target).equals(readFileSync(source));
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) copyAssets();
