import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cutLabel, messageOf, once, printable, shown, thrown, warnOnce } from 'node-mysqlpool/pool';

describe('what a message shows', () => {
  it('stays on one line and fools nobody', () => {
    const table = [
      ['plain text, ünïcode, 漢字, 😀', 'plain text, ünïcode, 漢字, 😀'],
      ['two\nlines\r\n', String.raw`two\nlines\u000d\n`],
      ['red \u001b[31m', String.raw`red \u001b[31m`],
      ['C1 \u009b31m \u0085', String.raw`C1 \u009b31m \u0085`],
      ['\u2028 \u2029', String.raw`\u2028 \u2029`],
      ['\u202egnp.exe', String.raw`\u202egnp.exe`],
      ['\u2066 \u2069 \u200e \u200f \u061c', String.raw`\u2066 \u2069 \u200e \u200f \u061c`],
      ['\u0000\u007f\t', String.raw`\u0000\u007f\t`],
    ] as const;
    for (const [given, expected] of table) assert.equal(printable(given), expected);
    assert.equal(shown('a\u202eb\nc'), String.raw`"a\u202eb\nc"`);
    assert.equal(thrown(new TypeError('a\nb')), String.raw`TypeError: a\nb`);
  });

  it('of an error without words are those of its parts, its code, or its name', () => {
    const refused = (at: string): Error => new Error(`connect ECONNREFUSED ${at}`);
    const parts = [refused('::1:1'), refused('127.0.0.1:1'), refused('::1:1')];
    assert.equal(messageOf(new AggregateError(parts)), 'connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1');
    assert.equal(messageOf(new AggregateError(parts, 'all failed')), 'all failed');
    assert.equal(messageOf(Object.assign(new Error(''), { code: 'ECONNREFUSED' })), 'ECONNREFUSED');
    assert.equal(messageOf(new RangeError('')), 'RangeError');
  });

  it('can be made of anything that is thrown', () => {
    for (const anything of [undefined, null, 5, Symbol('s'), {}, Object.create(null), [], () => 1, { message: 7 }]) {
      assert.equal(typeof messageOf(anything), 'string');
      assert.equal(typeof thrown(anything), 'string');
    }
    assert.equal(messageOf('as it is'), 'as it is');
    assert.equal(messageOf({ message: 'like an error' }), 'like an error');
  });

  it('of a label are 200 characters at most, and no half of one', () => {
    assert.equal(cutLabel('report'), 'report');
    assert.equal(cutLabel('x'.repeat(200)), 'x'.repeat(200));
    assert.equal(cutLabel('x'.repeat(2_000_000)), `${'x'.repeat(199)}…`);
    const cut = cutLabel(`${'x'.repeat(198)}😀${'y'.repeat(100)}`);
    assert.equal(cut, `${'x'.repeat(198)}…`);
  });
});

describe('what is done once', () => {
  it('is done the first time, with what is given then', () => {
    const seen: number[] = [];
    const first = once((value: number) => seen.push(value));
    first(1);
    first(2);
    assert.deepEqual(seen, [1]);
  });

  it('is warned of once per code, whatever the text says', async () => {
    const heard: string[] = [];
    const hear = (warning: Error & { code?: string }): void => void heard.push(`${warning.code}: ${warning.message}`);
    process.on('warning', hear);
    warnOnce('TEST_ONE', 'connection 1');
    warnOnce('TEST_ONE', 'connection 2');
    warnOnce('TEST_TWO', 'min', 'min');
    warnOnce('TEST_TWO', 'max', 'max');
    warnOnce('TEST_TWO', 'min again', 'min');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    assert.deepEqual(heard, ['TEST_ONE: connection 1', 'TEST_TWO: min', 'TEST_TWO: max']);
  });
});
