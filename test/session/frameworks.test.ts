/** What frameworks and drivers say by themselves: nothing of it keeps a backend. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { freshDatabase } from '#support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { frameworksOn } from './support/frameworks.js';
import { Rotation } from './support/rotation.js';

eachServer('what frameworks say by themselves', (kind, getServer) => {
  it('pins nothing, and goes on on other backends', async () => {
    const server = await getServer();
    await using database = await freshDatabase(
      server,
      'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, name CHAR(9))',
    );
    await using rotation = await Rotation.open(server, database.name);
    for (const [name, texts] of Object.entries(frameworksOn(kind))) {
      await rotation.nextClient();
      for (const text of texts) {
        const [result] = await rotation.query(text);
        assert.equal(result?.error, undefined, `${name}: ${text}: ${result?.error?.message}`);
        await rotation.release();
        // Without autocommit a savepoint may come before what begins the transaction.
        const pins = [...rotation.client.pins].filter((pin) => pin !== 'savepoint');
        assert.deepEqual(pins, [], `${name}: ${text}`);
      }
      assert.equal(rotation.client.isFree, true, name);
    }
  });
});
