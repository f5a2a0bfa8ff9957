import assert from 'node:assert/strict';
import { it } from 'node:test';
import { node22Project, runOnNode22 } from './support/node-22-project.js';

it('MikroORM 7.2.1 passes the same tests as MikroORM 6, on Node 22', async () => {
  const folder = await node22Project('mikro-orm-7', { '@mikro-orm/core': '7.2.1', '@mikro-orm/mysql': '7.2.1' });
  const passed = await runOnNode22(folder, [
    'orm/mikro-orm.test.js',
    'orm/mikro-orm-options.test.js',
    'orm/mikro-orm-schema.test.js',
  ]);
  assert.equal(passed, 48);
});
