import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectOf } from '#internal/session/statement.js';
import { isBuiltIn, versionIn, type ServerKind } from '#internal/session/built-in-names.js';

const SERVERS: readonly (ServerKind | undefined)[] = ['mysql', 'mariadb', undefined];

/** Names from everywhere in the lists, and which of the servers has them built in. */
const NAMES: Readonly<Record<'both' | 'mysql' | 'mariadb' | 'none', string>> = {
  both:
    'abs between char_length concat_ws current_role datediff distinct extractvalue from_unixtime ignore is_free_lock ' +
    'json_array_append json_insert json_valid linestring makedate mbrtouches name_const over quarter ' +
    'replace select sql_big_result st_asgeojson st_difference st_exteriorring st_geometrycollectionfromwkb ' +
    'st_geomfromgeojson st_isempty st_mlinefromtext st_multilinestringfromtext st_multipolygonfromtext ' +
    'st_pointfromtext st_srid str_to_date tan to_seconds update var_samp xor',
  mysql:
    'any_value json_overlaps json_schema_validation_report ps_current_thread_id st_frechetdistance ' +
    'st_lineinterpolatepoint st_numinteriorring statement_digest wait_for_executed_gtid_set',
  mariadb: 'add_months column_exists dimension json_detailed md5 nvl st_pointonsurface',
  // The last are built into some versions only.
  none: 'f get_lock_x nextval shop t benchmarks json_object_to_array kdf uuid_v7 vec_fromtext',
};

/** These are names like any other when a blank comes before the bracket; the rest is not. */
const WITHOUT_BLANK = 'adddate count first_value group_concat nth_value stddev_pop substring variance';
const WITH_BLANK = 'abs if in values select over json_extract';

describe("names that are sure to be nobody's own functions", () => {
  it('are those that are built into the server at hand', () => {
    for (const [where, names] of Object.entries(NAMES)) {
      for (const name of names.split(' ')) {
        for (const server of SERVERS) {
          const expected = where === 'both' || (server !== undefined && where === server);
          assert.equal(isBuiltIn(name, false, { server }), expected, `${name} on ${server}`);
        }
      }
    }
  });

  it('are those that are built into the version at hand, where that is known', () => {
    for (const [name, server, has, hasNot] of [
      ['md5', 'mysql', ['8.0.36', '8.4.3-azure', '9.5.1'], ['9.6.0', '9.7.4-2', '10.1.0', 'unknown', '']],
      ['vector_dim', 'mysql', ['9.7.4-2', '10.0.1'], ['8.0.36', '8.4.3', '']],
      ['sformat', 'mariadb', ['5.5.5-10.11.18-MariaDB', '10.11.2-MariaDB', '11.4.1-MariaDB'], ['10.6.20-MariaDB', '']],
      ['uuid_v7', 'mariadb', ['11.8.2-MariaDB-deb13', '12.0.1-MariaDB'], ['11.4.1-MariaDB', '10.11.18-MariaDB', '']],
    ] as const) {
      const isSo = (text: string): boolean => isBuiltIn(name, false, { server, version: versionIn(text) });
      assert.deepEqual([has.filter((text) => !isSo(text)), hasNot.filter(isSo)], [[], []], name);
      assert.equal(isBuiltIn(name, false, { version: versionIn(has[0]) }), false, `${name} on a server of either kind`);
    }
    const text = "SELECT id FROM t WHERE a = MD5('x') AND b = SHA1(c)";
    assert.equal(effectOf(text, { server: 'mysql', version: 8_000 }).kind, 'read');
    assert.equal(effectOf(text, { server: 'mysql', version: 9_007 }).kind, 'dirty');
    assert.equal(effectOf(text, { server: 'mysql' }).kind, 'dirty');
  });

  it('are fewer before a blank', () => {
    for (const name of WITHOUT_BLANK.split(' ')) {
      assert.equal(isBuiltIn(name, true, { server: 'mysql' }), false, name);
      assert.equal(isBuiltIn(name, false, { server: 'mysql' }), true, name);
    }
    for (const name of WITH_BLANK.split(' '))
      assert.equal(isBuiltIn(name, true, { server: 'mysql' }), isBuiltIn(name, false, { server: 'mysql' }), name);
  });
});
