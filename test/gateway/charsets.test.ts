/** Character sets and collations follow their client, whether it names them in its handshake or sets them by SQL. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ServerKind } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { clientOf, gatewayFor, rowsOf } from './support.js';

const ASKED =
  'SELECT @@character_set_client, @@character_set_connection, @@character_set_results, @@collation_connection, COLLATION(CAST(1 AS CHAR))';

/** Collation ids, as clients of many kinds send them. */
const NUMBERS: readonly (readonly [number, string])[] = [
  [8, 'latin1_swedish_ci'],
  [5, 'latin1_german1_ci'],
  [31, 'latin1_german2_ci'],
  [47, 'latin1_bin'],
  [11, 'ascii_general_ci'],
  [28, 'gbk_chinese_ci'],
  [1, 'big5_chinese_ci'],
  [13, 'sjis_japanese_ci'],
  [33, 'utf8mb3_general_ci'],
  [83, 'utf8mb3_bin'],
  [45, 'utf8mb4_general_ci'],
  [46, 'utf8mb4_bin'],
  [224, 'utf8mb4_unicode_ci'],
  [246, 'utf8mb4_unicode_520_ci'],
  [63, 'binary'],
  [255, 'the newest of MySQL'],
  [0, 'none'],
  [254, 'one that nobody knows'],
];

const TEXTS = [
  'SET NAMES latin1',
  "SET NAMES 'utf8mb4'",
  'SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci',
  'SET NAMES utf8mb4 COLLATE utf8mb4_bin',
  'SET NAMES latin1 COLLATE latin1_general_cs',
  'SET NAMES gbk',
  'SET NAMES DEFAULT',
  'SET CHARACTER SET utf8mb4',
  'SET CHARACTER SET DEFAULT',
  'SET CHARSET latin1',
  'SET character_set_client = latin1',
  'SET character_set_connection = utf8mb4',
  'SET collation_connection = utf8mb4_bin',
  'SET character_set_results = latin1',
  'SET character_set_results = NULL',
  "SET @@session.character_set_client = 'utf8mb4', @@collation_connection = utf8mb4_unicode_ci",
  "SET NAMES utf8mb4, time_zone = '+00:00'",
  'SET NAMES utf8mb4 COLLATE latin1_bin',
  'SET NAMES no_such_charset',
];

/** Statements with collations that only one of the servers has. */
const ONLY: Readonly<Record<ServerKind, readonly string[]>> = {
  mysql: ['SET NAMES utf8mb4 COLLATE utf8mb4_0900_as_cs', 'SET NAMES utf8mb4 COLLATE utf8mb4_ja_0900_as_cs'],
  mariadb: ['SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin', 'SET NAMES utf8mb4 COLLATE utf8mb4_uca1400_ai_ci'],
};

eachServer('character sets of a client', (kind, getServer) => {
  it('are those of its handshake', async (t) => {
    const server = await getServer();
    const at = await gatewayFor(t, server, { mode: 'rotate' });
    for (const [charset, name] of NUMBERS) {
      const direct = await clientOf(t, server, server, { charset });
      const through = await clientOf(t, at, server, { charset });
      const expected = await rowsOf(direct, ASKED);
      for (let n = 0; n < 3; n++) assert.deepEqual(await rowsOf(through, ASKED), expected, name);
      direct.destroy();
      through.destroy();
    }
  });

  it('are those that it has said last', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { mode: 'rotate' });
    const direct = await clientOf(t, server, server);
    const through = await clientOf(t, at, server);
    for (const text of [...TEXTS, ...ONLY[kind]]) {
      const answers = [];
      for (const client of [direct, through])
        answers.push(await rowsOf(client, text).catch((error: { errno: number }) => error.errno));
      assert.deepEqual(answers[1], answers[0], text);
      const expected = await rowsOf(direct, ASKED);
      for (let n = 0; n < 3; n++) assert.deepEqual(await rowsOf(through, ASKED), expected, text);
      assert.deepEqual([...gateway.clients.values()][0]!.pins, [], text);
    }
  });

  it('tell how the bytes of literals and results are meant', async (t) => {
    const server = await getServer();
    const at = await gatewayFor(t, server, { mode: 'rotate' });
    for (const charset of [8, 45, 28]) {
      const direct = await clientOf(t, server, server, { charset });
      const through = await clientOf(t, at, server, { charset });
      for (const text of [
        "SELECT HEX('ä'), 'ä', LENGTH('ä')",
        "SELECT 'ä' LIKE 'Ä', UPPER('ä')",
        "SET @v = 'ä'",
        'SELECT HEX(@v), @v',
      ])
        assert.deepEqual(await through.query(text), await direct.query(text), `${charset}: ${text}`);
      direct.destroy();
      through.destroy();
    }
  });
});
