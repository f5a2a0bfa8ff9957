// npm start -- [options of the demo, see --help]
import { join } from 'node:path';
import { compile, installPackages, root, run } from './setup.mjs';

await installPackages();
await compile('demo');
process.exitCode = await run(process.execPath, [
  '--enable-source-maps',
  join(root, '.build/demo/main.js'),
  ...process.argv.slice(2),
]);
