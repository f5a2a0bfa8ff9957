// npm run chaos -- [options]; see --help
import { join } from 'node:path';
import { compile, installPackages, root, run } from './setup.mjs';

const args = process.argv.slice(2);
if (!args.includes('--no-setup')) await installPackages();
await compile('chaos');
const rest = args.filter((arg) => arg !== '--no-setup');
process.exitCode = await run(process.execPath, [join(root, '.build/chaos/run.js'), ...rest]);
