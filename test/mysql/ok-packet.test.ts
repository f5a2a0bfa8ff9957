import assert from 'node:assert/strict';
import { it } from 'node:test';
import { changeIn } from '#internal/mysql/ok-packet.js';

it('an OK tells what has changed, by the trackers that it carries', () => {
  assert.equal(changeIn({}), undefined);
  const systemVariables = { sql_mode: '' };
  for (const [schema, trackStateChange, isStateChanged] of [
    ['shop', null, false],
    [null, '1', true],
    [null, '0', true],
  ] as const) {
    assert.deepEqual(changeIn({ stateChanges: { systemVariables, schema, trackStateChange } }), {
      schema,
      variables: systemVariables,
      isStateChanged,
    });
  }
});
