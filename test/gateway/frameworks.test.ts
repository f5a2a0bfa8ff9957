/** The statements that frameworks send on their own, through a gateway in rotation. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Capability, OFFERED, type Packet } from '#internal/wire/index.js';
import { frameworksOn } from '../session/support/frameworks.js';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { clientOf, gatewayFor, rowsIn } from './support.js';

const TABLE = 'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, name CHAR(9))';

/** Old clients and new ones. */
const DIALECTS = {
  'PHP and PyMySQL': OFFERED & ~(Capability.DEPRECATE_EOF | Capability.SESSION_TRACK),
  mysqlclient: OFFERED & ~Capability.DEPRECATE_EOF,
  'Connector/J': OFFERED,
};

eachServer('what frameworks say, through a gateway', (kind, getServer) => {
  for (const [dialect, capabilities] of Object.entries(DIALECTS)) {
    it(`is answered as by the server, and nobody is pinned (${dialect})`, async (t) => {
      const server = await getServer();
      await using here = await freshDatabase(server, TABLE);
      await using there = await freshDatabase(server, TABLE);
      const gateway = await gatewayFor(t, server, { mode: 'rotate' });
      for (const [name, texts] of Object.entries(frameworksOn(kind))) {
        const options = { capabilities: capabilities >>> 0 };
        const through = await clientOf(t, gateway, server, { ...options, database: there.name });
        const direct = await clientOf(t, server, server, { ...options, database: here.name });
        const [client] = [...gateway.gateway.clients.values()].slice(-1);
        for (const text of texts) {
          const answers = [await direct.query(text), await through.query(text)];
          const [expected, got] = answers.map((packets) =>
            shown(packets, direct.capabilities, [here.name, there.name]),
          );
          assert.deepEqual(got, expected, `${name}: ${text}`);
          const pins = client!.pins.filter((pin) => pin !== 'savepoint');
          assert.deepEqual(pins, [], `${name}: ${text}`);
        }
        through.destroy();
        direct.destroy();
      }
    });
  }
});

/** The rows as strings, with the names of the test's databases replaced. */
function shown(packets: readonly Packet[], capabilities: number, names: readonly string[]): unknown {
  const plain = (value: string | null): string | null =>
    value === null ? null : names.reduce((text, name) => text.replaceAll(name, 'shop'), value);
  return rowsIn(packets, capabilities).map((row) => row.map(plain));
}
