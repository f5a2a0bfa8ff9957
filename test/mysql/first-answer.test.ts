import assert from 'node:assert/strict';
import { it } from 'node:test';
import { firstAnswer } from '#internal/mysql/first-answer.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

it('tells by the first bytes what answers, and asks for more as long as it cannot', () => {
  for (const [what, first, answer] of [
    ["MySQL's greeting", bytes('4a000000 0a 382e30'), 'greeting'],
    ['a long one, as proxies have', bytes('f3010000 0a 352e35'), 'greeting'],
    ['full: an error in its place', bytes('17000000 ff 1004'), 'error'],
    ['an error with another number, as some proxies give it', bytes('17000001 ff 1004'), 'error'],
    ['SSH', Buffer.from('SSH-2.0'), 'text'],
    ['HTTP', Buffer.from('HTTP'), 'text'],
    ['the X protocol', bytes('05000000 0b 08051a00'), 'x-protocol'],
    ['TLS', bytes('15030100 02 0228'), 'other'],
    ['nothing but zeros', bytes('00000000 00'), 'other'],
    ['a greeting that is too short to be one', bytes('01000000 0a'), 'other'],
    ['one that is too long', bytes('00100000 0a 38'), 'other'],
    ['a packet that is not the first', bytes('4a000001 0a 38'), 'other'],
    ['a greeting of protocol 9, which nobody has had since 1998', bytes('14000000 09 332e'), 'other'],
    ['nothing', bytes(''), undefined],
    ['the beginning of a text', Buffer.from('SSH'), undefined],
    ['the head of a packet', bytes('4a000000'), undefined],
  ] as const) {
    assert.equal(firstAnswer(first), answer, what);
  }
});
