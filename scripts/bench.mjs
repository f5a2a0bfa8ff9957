// npm run bench -- NAME [options]; see --help
import { join } from 'node:path';
import { compile, installPackages, root, run } from './setup.mjs';

const args = process.argv.slice(2);
if (!args.includes('--no-setup')) await installPackages();
await compile('bench');
// The benchmark of the ORMs loads the package as it is published.
if (args.some((arg) => arg === 'orm' || arg === 'all')) await (await import('./package.mjs')).makePackage();
const rest = args.filter((arg) => arg !== '--no-setup');
process.exitCode = await run(process.execPath, [join(root, '.build/bench/run.js'), ...rest]);
