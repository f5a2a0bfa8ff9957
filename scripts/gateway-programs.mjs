// npm run test:gateway-programs -- [options]; see --help
import { join } from 'node:path';
import { compile, installPackages, root, run } from './setup.mjs';

const args = process.argv.slice(2);
if (!args.includes('--no-setup')) await installPackages();
await compile('test');
const rest = args.filter((arg) => arg !== '--no-setup');
const program = join(root, '.build/test/gateway/differential/run.js');
process.exitCode = await run(process.execPath, ['--enable-source-maps', program, ...rest]);
