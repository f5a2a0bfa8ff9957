import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
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
    // Replaced by one of the same size and date.
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
