import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '#internal/api/fingerprint.js';

const hidden = (secret: string): object => Object.defineProperty({ user: 'a' }, 'password', { value: secret });

describe('a fingerprint of options', () => {
  it('is the same for what says the same', () => {
    const circle: Record<string, unknown> = { a: 1 };
    circle['self'] = circle;
    const other: Record<string, unknown> = { a: 1 };
    other['self'] = other;
    const alike: readonly (readonly [unknown, unknown])[] = [
      [
        { host: 'a', port: 1 },
        { port: 1, host: 'a' },
      ],
      [{ typeCast: () => 1 }, { typeCast: () => 1 }],
      [{ ca: [Buffer.from('x')] }, { ca: [Buffer.from('x')] }],
      [circle, other],
      [hidden('one'), hidden('two')],
      [{ stream: new (class Socket {})() }, { stream: new (class Socket {})() }],
      [Object.create(null), {}],
      [Object.create(Object.create(null)), Object.create(Object.create(null))],
    ];
    for (const [one, two] of alike) assert.equal(fingerprint(one), fingerprint(two));
  });

  it('is another one for what says something else', () => {
    const all: unknown[] = [
      undefined, null, {}, [], { a: 1 }, { a: '1' }, { a: Infinity }, { a: null }, { a: { b: 1 } }, { a: -0, b: 1 },
      { a: [1] }, { a: Buffer.from('1') }, { a: () => 1 }, { a: () => 2 }, { a: /1/ }, { a: new URL('mysql://1') },
      { a: new Date(1) }, { a: 1n, b: Symbol('s') },
    ]; // prettier-ignore
    assert.equal(new Set(all.map(fingerprint)).size, all.length);
  });

  it('is made of what can be read, and nothing can be read from it', () => {
    const throwing = {
      get now(): never {
        throw new Error('not now');
      },
    };
    assert.equal(typeof fingerprint(throwing), 'string');
    assert.ok(!fingerprint({ uri: 'mysql://u:secret@h/d' }).includes('secret'));
    assert.equal(fingerprint({ long: 'x'.repeat(10_000) }).length, 44);
  });
});
