import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';
import { callSiteOf, captureCallSite, stackOf } from 'node-mysqlpool/pool';

/** A recorded call site with this stack. */
function placeAt(frames: readonly string[], cause?: Error): Error {
  const place = new Error('taken', cause === undefined ? {} : { cause });
  place.stack = ['Error: taken', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return place;
}

const library = 'Runner.run (/app/node_modules/orm/runner.js:80:12)';
const internal = 'process.processTicksAndRejections (node:internal/process/task_queues:95:5)';
const report = `report (${__filename}:12:3)`;

describe('the line of the program that took a loan', () => {
  it('is the innermost that is neither of a package, nor of Node, nor of the pool, nor anonymous', () => {
    const own = `Pool.acquire (${require.resolve('node-mysqlpool/pool')}:1:2)`;
    const frames = [own, 'new Promise (<anonymous>)', own, library, internal, 'async Promise.all (index 0)', report];
    assert.equal(callSiteOf(placeAt(frames)), report);
    assert.equal(callSiteOf(placeAt([library, `async ${report}`])), report);
    assert.equal(callSiteOf(placeAt([library, `${__filename}:12:3`])), `${__filename}:12:3`);
  });

  it('is one of a file that is there, before one where the source map of a package leads', () => {
    const mapped = 'MysqlDriver.connect (/nowhere/src/driver/MysqlDriver.ts:942:16)';
    assert.equal(callSiteOf(placeAt([mapped, report])), report);
    const url = `report (${pathToFileURL(__filename).href}:12:3)`;
    assert.equal(callSiteOf(placeAt([mapped, url])), url);
    assert.equal(callSiteOf(placeAt([library, mapped])), mapped, 'better than the line of a package');
  });

  it('is looked for among the files once, however often it is asked for', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'node-mysqlpool-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'job.js');
    writeFileSync(file, '');
    const job = `job (${file}:1:1)`;
    const place = placeAt([job, report]);
    assert.equal(callSiteOf(place), job);
    rmSync(file);
    assert.equal(callSiteOf(place), job);
    assert.equal(callSiteOf(placeAt([job, report])), report);
  });

  it('is where the library was called, if the stack does not reach that far', () => {
    assert.equal(callSiteOf(placeAt([library], placeAt([library, report]))), report);
    assert.equal(callSiteOf(placeAt([library, report], placeAt([`other (${__filename}:1:1)`]))), report);
    assert.equal(callSiteOf(placeAt([library], placeAt([library]))), library);
  });

  it('is unknown where no place is, and this line where it is this', () => {
    assert.deepEqual([callSiteOf(undefined), stackOf(undefined)], [undefined, '']);
    assert.equal(callSiteOf(placeAt([])), undefined);
    assert.match(callSiteOf(captureCallSite())!, /call-site\.test/);
  });
});
