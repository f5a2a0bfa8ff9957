// require() of everything that the package exports, but for what needs another package or exports nothing.
const assert = require('node:assert/strict');
const { exports: map } = require('node-mysqlpool/package.json');

for (const [path, file] of Object.entries(map)) {
  if (path === './package.json' || /^\.\/dist\/(?:metrics|orm|register)\//.test(file)) continue;
  const names = Object.keys(require(path.replace('.', 'node-mysqlpool')));
  assert.ok(names.length > 0, `${path} exports nothing`);
  assert.ok(!names.includes('default'), `${path} has a default export`);
}
assert.throws(() => require('node-mysqlpool/dist/pool/entries.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
console.log('ok');
