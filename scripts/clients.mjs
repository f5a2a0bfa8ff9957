// npm run test:clients -- [options]; see --help
import { join } from 'node:path';
import { compile, installPackages, root, run } from './setup.mjs';

const args = process.argv.slice(2);
if (!args.includes('--no-setup')) await installPackages();
await compile('test');
const rest = args.filter((arg) => arg !== '--no-setup');
process.exitCode = await run(process.execPath, [join(root, '.build/test/clients/run.js'), ...rest]);
