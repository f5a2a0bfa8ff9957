// import and require() in one process: the same classes, so that instanceof and the scope work across both.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { exports: map } = require('node-mysqlpool/package.json');

for (const [path, file] of Object.entries(map)) {
  // What is for an ORM needs that ORM.
  if (path === './package.json' || /^\.\/dist\/(?:orm|register)\//.test(file)) continue;
  const name = path.replace('.', 'node-mysqlpool');
  const required = require(name);
  const imported = await import(name);
  // Some names of mysql2 can be required and not imported; its stand-in need not do better.
  const seen = path.startsWith('./mysql2') ? await import(path.slice(2)) : required;
  const names = Object.keys(required).filter((key) => key in seen);
  assert.ok(names.length > 0, `${name} exports nothing`);
  for (const key of names) {
    assert.ok(key in imported, `${name}: import does not see ${key}`);
    assert.equal(imported[key], required[key], `${name}: ${key} is two things`);
  }
}
console.log('ok');
