import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { closeAll, configure, connections } from 'node-mysqlpool/settings';
import type { Settings } from 'node-mysqlpool/settings';
import type { MysqlPool } from '#internal/api/index.js';

const OURS = /^(?:MYSQLPOOL_(?:BACKEND|ARGUMENTS|MAX_TOTAL|DATABASES|CONFIG)|DATABASE_URL)$/;

const original = Object.entries(process.env).filter(([name]) => OURS.test(name));

function setEnvironment(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) if (OURS.test(name)) delete process.env[name];
  Object.assign(process.env, env);
}

/** Replaces our environment variables by `env` until the test ends; then closes all pools and clears the settings. */
export function clean(t: TestContext, env: Record<string, string> = {}): void {
  setEnvironment(env);
  t.after(async () => {
    setEnvironment({});
    await closeAll({ timeout: 0 });
    configure({ DATABASES: {} });
    setEnvironment(Object.fromEntries(original));
  });
}

/** Configures the settings, valid or not, for this test only. */
export function use(t: TestContext, settings: unknown): void {
  clean(t);
  configure(settings as Settings);
}

/** The pool that results from these pool settings. */
export function poolOf(t: TestContext, backend: unknown, args: unknown): MysqlPool {
  use(t, { DATABASES: { default: {} }, MYSQLPOOL_BACKEND: backend, MYSQLPOOL_ARGUMENTS: args });
  return connections.default;
}

/** Writes a file in a new folder, which is removed after the test; returns the file's path. */
export function fileWith(t: TestContext, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
