import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';

const run = promisify(execFile);
// Inside the repository, so that the program finds the package by its name.
const folder = '.build/facade-unchanged';
const CONFIG = {
  compilerOptions: {
    module: 'nodenext', target: 'es2023', strict: true, esModuleInterop: true, types: ['node'], outDir: 'out', rootDir: '.',
  },
}; // prettier-ignore

let compiled: Promise<unknown> | undefined;

/** The program twice: `mysql2.js`, and `ours.js` with the imports replaced. */
function compile(): Promise<unknown> {
  const program = readFileSync('test/facade/fixtures/shop.ts.txt', 'utf8');
  const replaced = program.replaceAll(/ from '(mysql2(?:\/promise)?)'/g, " from 'node-mysqlpool/$1'");
  assert.notEqual(program, replaced);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'mysql2.ts'), program);
  writeFileSync(join(folder, 'ours.ts'), replaced);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG));
  return run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder]);
}

eachServer('a program that is written against mysql2', (_kind, getServer) => {
  it('compiles and does the same when its imports are replaced', async (t) => {
    await (compiled ??= compile());
    const database = await freshDatabase(await getServer());
    t.after(() => database[Symbol.asyncDispose]());
    const outputs: string[] = [];
    for (const name of ['mysql2', 'ours']) {
      const { stdout, stderr } = await run(process.execPath, [join(folder, 'out', `${name}.js`), database.url]);
      assert.equal(stderr, '');
      outputs.push(stdout);
    }
    assert.ok(outputs[0]!.split('\n').length > 5);
    assert.equal(outputs[1], outputs[0]);
  });
});
