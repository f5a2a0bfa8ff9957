import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAdmitted } from '#internal/session/index.js';

const ROWS: readonly (readonly [command: string, state: string | null, admitted: boolean])[] = [
  ['Sleep', '', true],
  ['Sleep', null, true],
  ['Query', 'executing', true],
  ['Busy', '', true],
  ['Busy', 'login', false],
  ['Connect', 'login', false],
  ['Connect', null, false],
  ['Killed', '', false],
];

for (const [command, state, admitted] of ROWS) {
  test(`a session listed as ${command} (${state}) is ${admitted ? '' : 'not '}admitted`, () => {
    assert.equal(isAdmitted(command, state), admitted);
  });
}
