import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acts } from '#demo/acts.js';
import type { ActResult } from '#demo/acts.js';
import { parseOptions } from '#demo/options.js';
import { notes, table } from '#demo/report.js';

const FIGURES: Omit<ActResult, 'act'> = {
  sessionsServed: 12_345,
  operations: 61_725,
  failures: 0,
  lost: 0,
  neverServed: 0,
  peakServerConnections: 10,
  peakPoolConnections: 10,
  bystanderOk: 150,
  bystanderFailed: 0,
  bystanderFailedInOutage: 0,
  bystanderError: undefined,
  lastFailure: undefined,
  uploads: 3,
  uploadsMissing: 0,
  takenOver: undefined,
  outage: 0,
  ftpErrors: {},
};
const OPTIONS = parseOptions(['--limit=100']);
const plain = (_style: string, text: string): string => text;

/** A result of each act, in which all sessions went well but for `failures` of the acts in which something is killed. */
const results = (failures: number): ActResult[] =>
  acts(OPTIONS).map((act) => ({ ...FIGURES, act, failures: act.kill === undefined ? 0 : failures }));

describe('the summary of the demo', () => {
  it('has a row for each act, which begins with its number, in 80 columns', () => {
    const [head, ...rows] = table(results(50), 100, 80, plain).split('\n');
    assert.match(head!, /^act +sessions +operations/);
    const ofActs = rows.slice(0, 5);
    assert.deepEqual(
      ofActs.map((row) => row[0]),
      ['1', '2', '3', '4', '5'],
    );
    for (const row of [head!, ...rows]) assert.ok(row.length <= 80, row);
  });

  it('says whose failures do not break a promise', () => {
    assert.deepEqual(
      notes(results(50), 100, []).filter((line) => line.includes('failed because')),
      [
        'Act 3: 50 sessions failed because the database was killed, which breaks no promise: their clients logged in again, and everybody was served.',
        'Act 4: 50 sessions failed because the FTP server that they were on was killed, which breaks no promise: their clients logged in again, and everybody was served.',
      ],
    );
    assert.deepEqual(
      notes(results(0), 100, []).filter((line) => line.includes('failed because')),
      [],
    );
  });

  it('does not excuse failures of an act whose promises were broken', () => {
    const broken = results(50).map((result) => ({ ...result, lost: 1 }));
    assert.doesNotMatch(notes(broken, 100, []).join('\n'), /failed because/);
  });
});
