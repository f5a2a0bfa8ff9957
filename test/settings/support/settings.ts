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

/** Settings of the test alone: what the environment has of ours is put aside until the test ends, and pools are closed. */
export function clean(t: TestContext, env: Record<string, string> = {}): void {
  setEnvironment(env);
  t.after(async () => {
    setEnvironment({});
    await closeAll({ timeout: 0 });
    configure({ DATABASES: {} });
    setEnvironment(Object.fromEntries(original));
  });
}

/** Configures for the test alone. What is wrong may be given, too. */
export function use(t: TestContext, settings: unknown): void {
  clean(t);
  configure(settings as Settings);
}

/** The pool that pool settings make. */
export function poolOf(t: TestContext, backend: unknown, args: unknown): MysqlPool {
  use(t, { DATABASES: { default: {} }, MYSQLPOOL_BACKEND: backend, MYSQLPOOL_ARGUMENTS: args });
  return connections.default;
}

/** A folder with a file in it; the path of the file. */
export function fileWith(t: TestContext, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
