/** Clients of all kinds share few backends: whatever they do in whatever order, each sees its own session only. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import type { WireClient } from '../support/wire-client.js';
import { clientOf, gatewayFor, rowsOf, useSchema } from './support.js';

const CLIENTS = 4;
const ZONES = ['+01:00', '+02:00', '-03:30', 'SYSTEM'];
const MODES = ['', 'ANSI_QUOTES', 'PIPES_AS_CONCAT', 'NO_BACKSLASH_ESCAPES'];
const NAMES = ['utf8mb4', 'latin1'];

/** The expected state of a client's session. */
interface Model {
  zone: string;
  mode: string;
  names: string;
  schema: string;
  value: string | null;
  inTransaction: boolean;
}

/** One action of one client. */
type Action =
  | { readonly client: number; readonly does: 'zone' | 'mode' | 'names' | 'schema' | 'value'; readonly pick: number }
  | {
      readonly client: number;
      readonly does: 'look' | 'begin' | 'commit' | 'rollback' | 'fail';
      readonly pick: number;
    };

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.record({
    client: fc.nat(CLIENTS - 1),
    does: fc.constantFrom(
      'zone',
      'mode',
      'names',
      'schema',
      'value',
      'look',
      'look',
      'begin',
      'commit',
      'rollback',
      'fail',
    ),
    pick: fc.nat(9),
  }) as fc.Arbitrary<Action>,
  { minLength: 10, maxLength: 40 },
);

const ASKED = 'SELECT @@time_zone, @@sql_mode, @@character_set_client, DATABASE(), @value';

async function perform(
  client: WireClient,
  model: Model,
  { does, pick }: Action,
  schemas: readonly string[],
): Promise<void> {
  switch (does) {
    case 'zone':
      model.zone = ZONES[pick % ZONES.length]!;
      await rowsOf(client, `SET time_zone = '${model.zone}'`);
      break;
    case 'mode':
      model.mode = MODES[pick % MODES.length]!;
      await rowsOf(client, `SET sql_mode = '${model.mode}'`);
      break;
    case 'names':
      model.names = NAMES[pick % NAMES.length]!;
      await rowsOf(client, `SET NAMES ${model.names}`);
      break;
    case 'schema':
      model.schema = schemas[pick % schemas.length]!;
      await useSchema(client, model.schema);
      break;
    case 'value':
      model.value = `${pick}`;
      await rowsOf(client, `SET @value = ${pick}`);
      break;
    case 'begin':
      model.inTransaction = true;
      await rowsOf(client, 'START TRANSACTION');
      break;
    case 'commit':
    case 'rollback':
      model.inTransaction = false;
      await rowsOf(client, does.toUpperCase());
      break;
    case 'fail':
      await assert.rejects(rowsOf(client, 'SELECT * FROM no_such_table'), { errno: 1146 });
      break;
    case 'look':
      assert.deepEqual(await rowsOf(client, ASKED), [[model.zone, model.mode, model.names, model.schema, model.value]]);
  }
}

eachServer('a crowd with few backends', (_kind, getServer) => {
  it('has sessions of its own, in whatever order it does what', async (t) => {
    const server = await getServer();
    await using one = await freshDatabase(server);
    await using two = await freshDatabase(server);
    const schemas = [one.name, two.name];
    // As many backends as clients, since each client may have an open transaction.
    const at = await gatewayFor(t, server, { maxSize: CLIENTS });
    await fc.assert(
      fc.asyncProperty(actions, async (all) => {
        const crowd: { client: WireClient; model: Model }[] = [];
        for (let n = 0; n < CLIENTS; n++) {
          const client = await clientOf(t, at, server, { database: one.name });
          await rowsOf(client, "SET time_zone = 'SYSTEM', sql_mode = '', NAMES utf8mb4");
          const model = {
            zone: 'SYSTEM',
            mode: '',
            names: 'utf8mb4',
            schema: one.name,
            value: null,
            inTransaction: false,
          };
          crowd.push({ client, model });
        }
        try {
          for (const action of all) {
            const { client, model } = crowd[action.client]!;
            await perform(client, model, action, schemas);
          }
          for (const { client, model } of crowd)
            await perform(client, model, { client: 0, does: 'look', pick: 0 }, schemas);
        } finally {
          for (const { client } of crowd) client.destroy();
        }
      }),
      { numRuns: 12 },
    );
    assert.ok(at.gateway.pools.every((pool) => pool.stats().size <= CLIENTS));
  });

  it('at once, each asking again and again, finds nothing of the others', async (t) => {
    const server = await getServer();
    const at = await gatewayFor(t, server, { maxSize: 2 });
    const lives = Array.from({ length: 8 }, async (_, n) => {
      const client = await clientOf(t, at, server);
      const zone = `+0${n + 1}:00`;
      await rowsOf(client, `SET time_zone = '${zone}', @who = ${n}`);
      for (let round = 0; round < 12; round++)
        assert.deepEqual(await rowsOf(client, 'SELECT @@time_zone, @who'), [[zone, `${n}`]]);
      client.destroy();
    });
    await Promise.all(lives);
    assert.ok(at.gateway.pools.every((pool) => pool.stats().size <= 2));
  });
});
