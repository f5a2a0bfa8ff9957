import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import * as mysql2 from 'mysql2';
import * as mysql2Promise from 'mysql2/promise';
import * as facade from 'node-mysqlpool/mysql2';
import * as facadePromise from 'node-mysqlpool/mysql2/promise';

const OURS = {
  mysql2: [
    'createConnection',
    'connect',
    'createConnectionPromise',
    'createPool',
    'createPoolCluster',
    'createPoolPromise',
    'createPoolClusterPromise',
  ],
  'mysql2/promise': ['createConnection', 'createPool', 'createPoolCluster'],
};
const MODULES = [
  ['mysql2', mysql2, facade],
  ['mysql2/promise', mysql2Promise, facadePromise],
] as unknown as [keyof typeof OURS, Record<string, unknown>, Record<string, unknown>][];

for (const [name, stock, ours] of MODULES) {
  it(`all that ${name} exports is there, and but for the makers of pools it is the same`, () => {
    for (const [each, value] of Object.entries(stock)) {
      if (each === 'default') continue;
      if (OURS[name].includes(each)) assert.notEqual(ours[each], value, each);
      else assert.equal(ours[each], value, each);
    }
  });

  it(`an ES module imports from node-mysqlpool/${name} by name, and as default`, () => {
    // What mysql2 defines by a getter cannot be imported from it by name.
    const names = Object.keys(stock).filter((each) => each !== 'default' && each !== '__esModule');
    const script = `
      import mysql, { ${names.join(', ')} } from 'node-mysqlpool/${name}';
      import * as all from 'node-mysqlpool/${name}';
      if (![${names.join(', ')}].every(Boolean) || mysql.createPool !== createPool || all.createPool !== createPool) {
        throw new Error('not the same');
      }
      console.log('imported');`;
    assert.equal(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
      'imported\n',
    );
  });

  it(`require('node-mysqlpool/${name}') is what a compiled default import gives as well`, () => {
    assert.equal((ours as { default?: unknown }).default, require(`node-mysqlpool/${name}`));
  });
}
