/** The few files that the package is published as; those of the compiler are what the other tests run on. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, it } from 'node:test';

interface Chunk {
  readonly type: 'chunk' | 'asset';
  readonly fileName: string;
  /** What it loads at once. */
  readonly imports: readonly string[];
  readonly moduleIds: readonly string[];
}

interface Bundling {
  readonly bundle: (manifest: object, folder: string) => Promise<readonly Chunk[]>;
}

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
}

describe('the published files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-bundle-'));
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const chunks = new Map<string, Chunk>();

  before(async () => {
    const { bundle } = (await import(pathToFileURL('scripts/bundle.mjs').href)) as Bundling;
    const output = await bundle(manifest, folder);
    for (const chunk of output) if (chunk.type === 'chunk') chunks.set(chunk.fileName, chunk);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** All that a file loads before anything is called. */
  const loadedBy = (file: string): { readonly files: readonly string[]; readonly modules: readonly string[] } => {
    const found = new Set([file]);
    for (const each of found) for (const next of chunks.get(each)?.imports ?? []) found.add(next);
    const files = [...found];
    const modules = files.flatMap((each) => chunks.get(each)?.moduleIds ?? []);
    return { files, modules: modules.map((id) => id.replaceAll('\\', '/').replace(/^.*\/src\//, '')) };
  };
  const loads = (file: string, pattern: RegExp): string[] => {
    const { files, modules } = loadedBy(file);
    return [...files.filter((each) => !chunks.has(each)), ...modules].filter((each) => pattern.test(each));
  };
  const entries = Object.values(manifest.exports)
    .filter((target) => target.endsWith('.js'))
    .map((target) => target.replace('./dist/', ''));

  it('have each module once: a process has one limit, one registry, one async context', () => {
    const all = [...chunks.values()].flatMap(({ moduleIds }) => moduleIds);
    assert.ok(all.length > 150, `${all.length} modules`);
    assert.deepEqual(
      all.filter((id, index) => all.indexOf(id) !== index),
      [],
    );
  });

  it('are few for each entry, since a fresh process waits for each of them', () => {
    const most = Math.max(...entries.map((entry) => loadedBy(entry).files.filter((file) => chunks.has(file)).length));
    assert.ok(most <= 16, `an entry loads ${most} files`);
    assert.ok(entries.every((entry) => chunks.has(entry)));
  });

  it('leave out what is not asked for: the driver, and what is loaded when it is wanted', () => {
    for (const entry of [
      'pool/index.js',
      'scope/index.js',
      'register/index.js',
      'monitor/index.js',
      'gateway/index.js',
    ]) {
      assert.deepEqual(loads(entry, /^mysql2/), [], entry);
    }
    for (const entry of ['metrics/otel.js', 'metrics/prometheus.js', 'monitor/index.js']) {
      assert.deepEqual(loads(entry, /^(mysql2|budget\/(?!fleet-of))/), [], entry);
    }
    for (const entry of entries.filter((name) => !/^(monitor|cli)\//.test(name))) {
      assert.deepEqual(loads(entry, /^(monitor\/(?!message-of)|cli\/|settings\/(plan|sources))/), [], entry);
    }
    assert.deepEqual(loads('monitor/index.js', /page-assets/), []);
    const gateway =
      /^session\/(client-session|client-trackers|carried|pins|tracked)\.|^budget\/(redis|fleet\.|high-water)/;
    for (const entry of entries.filter((name) => !/^(gateway|cli|fleet)/.test(name))) {
      assert.deepEqual(loads(entry, gateway), [], entry);
    }
  });
});
