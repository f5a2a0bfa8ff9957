import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const root = join(__dirname, '..', '..', '..');
const command = join(root, 'scripts', 'bench.mjs');

interface Row {
  readonly subject: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
}

test('observe measures each observer, and what it costs that there could be one', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [command, '--no-setup', 'observe', '--quick', '--runs', '1', '--json', '--case', 'uncontended'],
    { cwd: root },
  );
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const costs = new Map(rows.filter(({ unit }) => unit === 'ns/loan').map(({ subject, value }) => [subject, value]));
  assert.deepEqual(
    [...costs.keys()],
    [
      'mysqlpool', 'listener', 'channel', 'otel metrics', 'prometheus', 'spans', 'logger', 'call sites', 'leakThreshold',
      'monitor', 'all together',
    ], // prettier-ignore
  );
  for (const [subject, value] of costs) assert.ok(value > 0, subject);
  // Not how much, as the machine may be busy; but to look on is work, and all of it is more than one part.
  assert.ok(costs.get('all together')! > costs.get('prometheus')!);
  assert.ok(costs.get('prometheus')! > costs.get('mysqlpool')!);
  const times = rows.filter(({ unit }) => unit === 'x no code');
  assert.deepEqual(
    times.map(({ subject }) => subject),
    ['mysqlpool'],
  );
  assert.ok(times[0]!.value > 0.5 && times[0]!.value < 2, String(times[0]!.value));
});
