// npm test -- [--no-setup] [part of a path ...]
import { join } from 'node:path';
import { compile, installPackages, root, run } from './setup.mjs';

const args = process.argv.slice(2);
if (!args.includes('--no-setup')) await installPackages();
await compile('test');
const parts = args.filter((arg) => arg !== '--no-setup');
process.exitCode = await run(process.execPath, [join(root, '.build/test/support/run.js'), ...parts]);
