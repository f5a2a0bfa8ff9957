import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FileContents } from '#internal/gateway/file-contents.js';
import { WatchedFiles } from '#internal/gateway/watched-files.js';

describe('watched files', () => {
  it('are looked at once a second at most, and tell of each change once', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-watched-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    writeFileSync(one, '1');
    let now = 0;
    const watched = new WatchedFiles([one, two], () => now);
    writeFileSync(two, '2');
    assert.equal(watched.haveChanged, false);
    now += 999;
    assert.equal(watched.haveChanged, false);
    now += 1;
    assert.equal(watched.haveChanged, true);
    now += 1_000;
    assert.equal(watched.haveChanged, false);
    // The file is replaced by one with the same size and date.
    const date = new Date(1_700_000_000_000);
    const renewed = join(folder, 'renewed');
    utimesSync(one, date, date);
    now += 1_000;
    assert.equal(watched.haveChanged, true);
    writeFileSync(renewed, '3');
    utimesSync(renewed, date, date);
    renameSync(renewed, one);
    assert.equal(watched.look(), true);
    assert.equal(watched.look(), false);
    rmSync(two);
    now += 1_000;
    assert.equal(watched.haveChanged, true);
  });
});

describe('what files amount to', () => {
  it('is told of once when it stays of no use, and not while files are replaced', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-contents-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'number');
    const warnings: string[] = [];
    const hear = ({ message }: Error): void => void (message.startsWith(file) && warnings.push(message));
    process.on('warning', hear);
    t.after(() => process.off('warning', hear));
    let now = 0;
    const write = (text: string): void => writeFileSync(file, text);
    write('7');
    const read = (): number => {
      const text = readFileSync(file, 'utf8');
      if (!/^\d+$/.test(text)) throw new Error(`${file} holds no number`);
      return Number(text);
    };
    const contents = new FileContents([file], read, () => now);
    const later = (ms: number): number => {
      now += ms;
      return contents.current();
    };
    write('seven');
    assert.deepEqual([later(1_000), later(1_000)], [7, 7]);
    write('88');
    assert.equal(later(1_000), 88);
    write('eight');
    const told = once(process, 'warning');
    assert.deepEqual([later(1_000), later(2_000), later(1_000), later(60_000)], [88, 88, 88, 88]);
    const [warning] = (await told) as [Error & { code: string }];
    assert.equal(warning.code, 'MYSQLPOOL_GATEWAY_FILE');
    write('999');
    assert.equal(later(1_000), 999);
    assert.equal(contents.failure, undefined);
    write('nine');
    assert.deepEqual([later(1_000), later(2_000)], [999, 999]);
    await new Promise((resolve) => setImmediate(resolve));
    const text = `${file} holds no number; what was read before is used until the files are right`;
    assert.deepEqual(warnings, [text, text]);
  });
});
