/** A layer's index.ts is what other layers may use. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const SOURCES = join(__dirname, '..', '..', 'src');
const LAYERS = ['pool', 'session', 'wire', 'gateway', 'api'];

/** What other layers reach past an index. The list is to become shorter: nothing is added to it. */
const REACHED = new Set([
  'api/creator-pool',
  'api/options',
  'api/pool',
  'api/transaction-guard',
  'pool/channels',
  'pool/clock',
  'pool/open-pools',
  'pool/permits',
]);

test('nothing reaches past the index of the engine, the sessions, the wire, the gateway or the API, but for what is listed', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 100, `looked at ${files.length} files`);
  const found = files.flatMap((file) => {
    const imports = readFileSync(join(SOURCES, file), 'utf8').matchAll(/from '(?:\.\.\/)+([a-z]+)\/([^']+)\.js'/g);
    return [...imports]
      .filter(([, layer, name]) => LAYERS.includes(layer!) && name !== 'index' && !REACHED.has(`${layer}/${name}`))
      .map(([, layer, name]) => `${file}: ${layer}/${name}`);
  });
  assert.deepEqual(found, []);
});
