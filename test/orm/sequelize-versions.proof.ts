import assert from 'node:assert/strict';
import { it } from 'node:test';
import { passedWith } from './support/other-version.js';

it('Sequelize 6.28.0 passes the suite of all ORMs', async () => {
  const { passed } = await passedWith('sequelize-6.28', { sequelize: '6.28.0' }, 'orm/sequelize.test.js');
  assert.equal(passed, 28);
});
