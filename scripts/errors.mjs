// npm run errors: writes docs/orm/errors.md, the errors of each ORM with its own pool and with ours. With --check it
// compares.
import { join } from 'node:path';
import { compile, root, run } from './setup.mjs';

await compile('test');
process.exitCode =
  (await run(process.execPath, [join(root, 'scripts/build.mjs')])) ||
  (await run(process.execPath, [join(root, '.build/test/orm/errors/write-table.js'), ...process.argv.slice(2)]));
