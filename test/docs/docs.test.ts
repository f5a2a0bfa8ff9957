import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { POOL_OPTION_NAMES, resolveOptions } from 'node-mysqlpool/pool';
import { knownOptionNames } from '#internal/api/options.js';
import { GATEWAY_OPTION_NAMES } from '#internal/gateway/options.js';
import * as mysqlpool from 'node-mysqlpool';
import * as gateway from 'node-mysqlpool/gateway';
import * as monitor from 'node-mysqlpool/monitor';

const page = (name: string): string => readFileSync(`docs/${name}.md`, 'utf8');

/** The codes that stand in the compiled code of the package. */
function codesInCode(): Set<string> {
  const codes = new Set<string>();
  const layers = ['pool', 'budget', 'mysql', 'settings', 'scope', 'monitor'].map((layer) => `${layer}/errors`);
  for (const name of [...layers, 'gateway/failures']) {
    const file = `src/${name}.ts`;
    if (!existsSync(file)) continue;
    const source = readFileSync(file, 'utf8');
    for (const [, code] of source.matchAll(/'((?:POOL|MYSQL|QUERY|SETTINGS|SCOPE|MONITOR|GATEWAY)_[A-Z_]+)'/g))
      codes.add(code!);
  }
  return codes;
}

test('every error code has a section in docs/errors.md, and every section a code', () => {
  const sections = new Set([...page('errors').matchAll(/^## ([A-Z_]+)$/gm)].map(([, code]) => code!));
  assert.deepEqual([...sections].sort(), [...codesInCode()].sort());
});

test('every error class is exported and named in docs/errors.md', () => {
  const classes = Object.keys({ ...mysqlpool, ...monitor, ...gateway }).filter(
    (name) => name.endsWith('Error') && name !== 'PoolError',
  );
  assert.ok(classes.length >= 11);
  for (const name of classes) assert.ok(page('errors').includes(`\`${name}\``), `${name} is not in docs/errors.md`);
});

/** The codes and names of process warnings in the source. */
function warningsInCode(): Set<string> {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const warning = /(?:code(?::| =) |warn(?:Once)?\(\s*)'((?:MYSQLPOOL|POOL)_[A-Z_]+)'|'(Pool\w+Warning)'/g;
  return new Set(
    sources.flatMap((file) => {
      const source = readFileSync(join('src', file), 'utf8');
      if (!/emitWarning|warnOnce/.test(source) && !source.includes('Warning extends')) return [];
      return [...source.matchAll(warning)].map(([, code, name]) => (code ?? name)!);
    }),
  );
}

test('every process warning stands in docs/errors.md', () => {
  const rows = new Set([...page('errors').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!));
  assert.deepEqual([...rows].sort(), [...warningsInCode()].sort());
});

test('every option stands in docs/options.md with its default', () => {
  const defaults = resolveOptions({ name: 'docs' }) as unknown as Record<string, unknown>;
  const driver = knownOptionNames('driver');
  const ours = [...knownOptionNames()].filter((name) => !driver.has(name) || Object.hasOwn(defaults, name));
  for (const option of new Set([...POOL_OPTION_NAMES, ...ours, 'password'])) {
    const row = page('options')
      .split('\n')
      .find((line) => line.startsWith(`| \`${option}\` |`));
    assert.ok(row, `${option} is not in docs/options.md`);
    const value = defaults[option];
    const shown = typeof value === 'number' ? value.toLocaleString('en').replaceAll(',', ' ') : String(value);
    if (typeof value === 'number' && option !== 'maxIdle')
      assert.ok(row.split('|')[2]!.includes(shown.replace('∞', 'Infinity')), row);
  }
});

test('every option stands in docs/migrating.md', () => {
  for (const option of POOL_OPTION_NAMES) {
    const ours = ['resetTimeout'].includes(option);
    assert.ok(ours || page('migrating').includes(`\`${option}\``), `${option} is not in docs/migrating.md`);
  }
});

test('docs/gateway.md has every option of a gateway, and every reason that pins', () => {
  const text = page('gateway');
  for (const option of GATEWAY_OPTION_NAMES.filter((name) => !POOL_OPTION_NAMES.has(name) && name !== 'logger'))
    assert.match(text, new RegExp(`^\\| \`${option}\` \\|`, 'm'), option);
  for (const option of GATEWAY_OPTION_NAMES) assert.ok(text.includes(`\`${option}\``), option);
  const reasons = [...readFileSync('src/session/pins.ts', 'utf8').matchAll(/^ {2}\| '([a-z ]+)'/gm)].map(
    ([, name]) => name!,
  );
  const table = text.split('## What pins')[1]!.split('\n## ')[0]!;
  const rows = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell]) => cell!.split(', '));
  const explained = rows.map((cell) => cell.replaceAll('`', ''));
  assert.deepEqual(explained.toSorted(), [...reasons, 'cursor', 'long data', 'prepared variable'].toSorted());
});
