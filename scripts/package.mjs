// npm run package: builds the package as it is published, in .build/package
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { compile, root } from './setup.mjs';

export const packageFolder = join(root, '.build', 'package');

/** Fields of the repository's package.json that are left out of the published one. */
const OWN_AFFAIRS = ['private', 'scripts', 'devDependencies', 'imports'];

export async function makePackage() {
  await compile('src');
  rmSync(packageFolder, { recursive: true, force: true });
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dist = join(packageFolder, 'dist');
  const output = await bundle(manifest, dist);
  copyDeclarations(dist);
  cpSync(join(root, 'dist/monitor/page-assets.js'), join(dist, 'monitor/page-assets.js'));
  const files = manifest.files.filter((file) => file !== 'dist' && !file.startsWith('!'));
  for (const file of [...files, 'README.md', 'LICENSE']) {
    cpSync(join(root, file), join(packageFolder, file), { recursive: true });
  }
  for (const field of OWN_AFFAIRS) delete manifest[field];
  writeFileSync(join(packageFolder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return output;
}

/** Copies the declarations of existing sources: dist/ may have outdated ones of sources that were renamed. */
function copyDeclarations(target) {
  cpSync(join(root, 'dist'), target, {
    recursive: true,
    filter: (path) => {
      const name = relative(join(root, 'dist'), path);
      if (name === join('monitor', 'page')) return false;
      if (!/\.\w+$/.test(name)) return existsSync(join(root, 'src', name));
      return name.endsWith('.d.ts') && existsSync(join(root, 'src', name.replace(/\.d\.ts$/, '.ts')));
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await makePackage();
  console.log(relative(process.cwd(), packageFolder));
}
