/** Every kind of variable that applications set follows the client to every backend. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ServerKind } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { clientOf, gatewayFor, rowsOf, valueOf } from './support.js';

/** Values as SQL, by the name of the variable. */
type Values = Readonly<Record<string, string>>;

const ON_BOTH: Values = {
  auto_increment_increment: '3',
  auto_increment_offset: '2',
  big_tables: '1',
  bulk_insert_buffer_size: '1048576',
  character_set_filesystem: 'latin1',
  default_storage_engine: 'MyISAM',
  default_tmp_storage_engine: 'MyISAM',
  default_week_format: '3',
  div_precision_increment: '7',
  eq_range_index_dive_limit: '20',
  foreign_key_checks: '0',
  group_concat_max_len: '9999',
  innodb_lock_wait_timeout: '11',
  innodb_strict_mode: '0',
  innodb_table_locks: '0',
  interactive_timeout: '1234',
  join_buffer_size: '131072',
  lc_messages: 'de_DE',
  lc_time_names: 'fr_FR',
  lock_wait_timeout: '77',
  long_query_time: '3.5',
  low_priority_updates: '1',
  max_error_count: '33',
  max_heap_table_size: '1048576',
  max_join_size: '1000000',
  max_length_for_sort_data: '2048',
  max_seeks_for_key: '500',
  max_sort_length: '512',
  max_sp_recursion_depth: '5',
  min_examined_row_limit: '2',
  myisam_sort_buffer_size: '1048576',
  net_read_timeout: '44',
  net_retry_count: '9',
  net_write_timeout: '66',
  old_alter_table: '1',
  optimizer_prune_level: '0',
  optimizer_search_depth: '10',
  preload_buffer_size: '65536',
  query_alloc_block_size: '16384',
  query_prealloc_size: '32768',
  range_alloc_block_size: '8192',
  read_buffer_size: '262144',
  read_rnd_buffer_size: '524288',
  sort_buffer_size: '524288',
  sql_auto_is_null: '1',
  sql_big_selects: '1',
  sql_buffer_result: '1',
  sql_mode: "'PIPES_AS_CONCAT,NO_ZERO_DATE'",
  sql_notes: '0',
  sql_quote_show_create: '0',
  sql_safe_updates: '1',
  sql_select_limit: '1000',
  sql_warnings: '1',
  time_zone: "'+05:30'",
  tmp_table_size: '2097152',
  transaction_alloc_block_size: '16384',
  transaction_prealloc_size: '8192',
  unique_checks: '0',
  updatable_views_with_limit: 'NO',
  wait_timeout: '4321',
};

const ONLY: Readonly<Record<ServerKind, Values>> = {
  mysql: {
    block_encryption_mode: "'aes-256-cbc'",
    cte_max_recursion_depth: '77',
    end_markers_in_json: '1',
    generated_random_password_length: '33',
    information_schema_stats_expiry: '5',
    internal_tmp_mem_storage_engine: 'MEMORY',
    max_execution_time: '60000',
    max_points_in_geometry: '1000',
    print_identified_with_as_hex: '1',
    range_optimizer_max_mem_size: '1048576',
    select_into_buffer_size: '262144',
    show_create_table_verbosity: '1',
    transaction_isolation: "'READ-COMMITTED'",
    transaction_read_only: '1',
    windowing_use_high_precision: '0',
  },
  mariadb: {
    check_constraint_checks: '0',
    column_compression_threshold: '200',
    expensive_subquery_limit: '99',
    histogram_size: '100',
    idle_transaction_timeout: '600',
    idle_write_transaction_timeout: '500',
    in_predicate_conversion_threshold: '500',
    join_cache_level: '4',
    max_recursive_iterations: '500',
    max_statement_time: '60',
    optimizer_use_condition_selectivity: '2',
    sql_if_exists: '1',
    standard_compliant_cte: '0',
    tx_isolation: "'READ-COMMITTED'",
    tx_read_only: '1',
    use_stat_tables: "'NEVER'",
  },
};

eachServer('variables of a client', (kind, getServer) => {
  const values: Values = { ...ON_BOTH, ...ONLY[kind] };

  it('go along, all at once, and back to what they were', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { mode: 'rotate' });
    const through = await clientOf(t, at, server);
    const direct = await clientOf(t, server, server);
    const known = await rowsOf(direct, 'SHOW SESSION VARIABLES');
    const names = Object.keys(values).filter((name) => known.some(([each]) => each === name));
    assert.ok(names.length > 60, `${names.length}`);
    const asked = `SELECT ${names.map((name) => `@@${name}`).join(', ')}`;
    const before = await rowsOf(direct, asked);
    assert.deepEqual(await rowsOf(through, asked), before);

    const text = `SET ${names.map((name) => `${name} = ${values[name]!}`).join(', ')}`;
    for (const client of [direct, through]) await rowsOf(client, text);
    // SET has caused warnings, which MariaDB keeps until a statement uses a table.
    await rowsOf(through, 'SELECT 1 FROM (SELECT 1) AS one');
    const after = await rowsOf(direct, asked);
    assert.notDeepEqual(after, before);
    const backends = new Set<string | null>();
    for (let n = 0; n < 4; n++) {
      assert.deepEqual(await rowsOf(through, asked), after);
      backends.add(await valueOf(through, 'CONNECTION_ID()'));
      backends.add(await valueOf(through, 'CONNECTION_ID()'));
    }
    assert.ok(backends.size > 1);
    assert.deepEqual([...gateway.clients.values()][0]!.pins, []);

    // Another client on the same backends does not see these values.
    const other = await clientOf(t, at, server);
    for (let n = 0; n < 4; n++) assert.deepEqual(await rowsOf(other, asked), before);

    const back = before[0]!.map((value, n) => `${names[n]!} = ${asSql(value)}`);
    await rowsOf(through, `SET ${back.join(', ')}`);
    for (let n = 0; n < 4; n++) assert.deepEqual(await rowsOf(through, asked), before);
  });
});

const asSql = (value: string | null): string =>
  value === null ? 'NULL' : /^-?\d+(?:\.\d+)?$/.test(value) ? value : `'${value}'`;
