import type { ServerKind } from './built-in-names.js';

/**
 * The session variables whose changes the server is asked to report: all that applications set. Any other that a client
 * sets is an unknown change. Those that are more than a value are left out on purpose: what changes by itself
 * (rand_seed1, insert_id, timestamp), who the session is (pseudo_thread_id), what keeps texts (profiling,
 * optimizer_trace), and the trackers themselves.
 */
const ON_BOTH = (
  'autocommit auto_increment_increment auto_increment_offset big_tables binlog_direct_non_transactional_updates ' +
  'binlog_format binlog_row_image bulk_insert_buffer_size character_set_client character_set_connection ' +
  'character_set_filesystem character_set_results character_set_server collation_connection collation_server ' +
  'completion_type default_storage_engine default_tmp_storage_engine default_week_format div_precision_increment ' +
  'eq_range_index_dive_limit explicit_defaults_for_timestamp foreign_key_checks group_concat_max_len ' +
  'innodb_ft_enable_stopword innodb_ft_user_stopword_table innodb_lock_wait_timeout innodb_strict_mode ' +
  'innodb_table_locks innodb_tmpdir interactive_timeout join_buffer_size keep_files_on_create lc_messages lc_time_names ' +
  'lock_wait_timeout long_query_time low_priority_updates max_delayed_threads max_error_count max_heap_table_size ' +
  'max_insert_delayed_threads max_join_size max_length_for_sort_data max_seeks_for_key max_sort_length ' +
  'max_sp_recursion_depth min_examined_row_limit myisam_sort_buffer_size myisam_stats_method net_read_timeout ' +
  'net_retry_count net_write_timeout old_alter_table optimizer_prune_level optimizer_search_depth optimizer_switch ' +
  'preload_buffer_size query_alloc_block_size query_prealloc_size range_alloc_block_size read_buffer_size ' +
  'read_rnd_buffer_size sort_buffer_size sql_auto_is_null sql_big_selects sql_buffer_result sql_log_bin sql_mode ' +
  'sql_notes sql_quote_show_create sql_safe_updates sql_select_limit sql_warnings time_zone tmp_table_size ' +
  'transaction_alloc_block_size transaction_prealloc_size unique_checks updatable_views_with_limit wait_timeout'
).split(' ');

const ON_MYSQL = (
  'block_encryption_mode cte_max_recursion_depth default_collation_for_utf8mb4 default_table_encryption ' +
  'end_markers_in_json explain_format explain_json_format_version generated_random_password_length ' +
  'information_schema_stats_expiry internal_tmp_mem_storage_engine max_execution_time max_points_in_geometry ' +
  'parser_max_mem_size print_identified_with_as_hex range_optimizer_max_mem_size resultset_metadata ' +
  'restrict_fk_on_non_standard_key select_into_buffer_size select_into_disk_sync select_into_disk_sync_delay ' +
  'set_operations_buffer_size show_create_table_verbosity show_gipk_in_create_table_and_information_schema ' +
  'sql_generate_invisible_primary_key sql_require_primary_key transaction_isolation transaction_read_only ' +
  'use_secondary_engine windowing_use_high_precision xa_detach_on_prepare'
).split(' ');

const ON_MARIADB = (
  'alter_algorithm check_constraint_checks column_compression_threshold default_regex_flags ' +
  'expensive_subquery_limit histogram_size histogram_type idle_readonly_transaction_timeout idle_transaction_timeout ' +
  'idle_write_transaction_timeout in_predicate_conversion_threshold innodb_compression_default innodb_snapshot_isolation ' +
  'join_buffer_space_limit join_cache_level log_slow_query log_slow_query_time log_slow_verbosity max_recursive_iterations ' +
  'max_rowid_filter_size max_session_mem_used max_statement_time max_tmp_tables mrr_buffer_size note_verbosity old_mode ' +
  'optimizer_max_sel_arg_weight optimizer_selectivity_sampling_limit optimizer_use_condition_selectivity ' +
  'query_cache_type query_cache_wlock_invalidate slow_query_log sql_if_exists standard_compliant_cte ' +
  'system_versioning_alter_history tmp_disk_table_size tmp_memory_table_size transaction_isolation transaction_read_only ' +
  'tx_isolation tx_read_only use_stat_tables character_set_collations'
).split(' ');

/**
 * The trackers, which say what changes a server reports to a client, in the order in which they are set: as long as
 * changes of the state are tracked, MySQL notes that the other trackers were set, and reports it later.
 */
const TRACKERS = [
  'session_track_state_change',
  'session_track_system_variables',
  'session_track_schema',
  'session_track_transaction_info',
] as const;

const NAMES: Readonly<Record<ServerKind, readonly string[]>> = {
  mysql: [...ON_BOTH, ...ON_MYSQL],
  mariadb: [...ON_BOTH, ...ON_MARIADB],
};

/** For these, an empty value stands for NULL; they do not accept an empty value. */
export const NULLABLE: ReadonlySet<string> = new Set([
  'default_tmp_storage_engine',
  'innodb_ft_user_stopword_table',
  'innodb_tmpdir',
]);

/** These change together: see `Charset`. */
export const CHARSET_VARIABLES: ReadonlySet<string> = new Set([
  'character_set_client',
  'character_set_connection',
  'character_set_results',
  'collation_connection',
]);

/** Which changes a session asks to be told of, by the server's names for the variables and in its form. */
export type Trackers = Readonly<Record<(typeof TRACKERS)[number], string>>;

/**
 * The query for the values of all tracked variables and of the trackers, in the form in which the server reports
 * changes. The answer has two columns, name and value; a variable that this version does not have is missing.
 */
export const askVariables = (server: ServerKind): string => {
  const names = [...NAMES[server], ...TRACKERS].map((name) => `'${name}'`);
  return `SHOW SESSION VARIABLES WHERE Variable_name IN (${names.join(',')})`;
};

/**
 * The tracked variables that one server has, as its first session has shown. A variable that a later session lacks,
 * because the server was updated, is not asked for any more, and keeps its value.
 */
export class Tracked {
  readonly server: ServerKind;
  readonly version: number | undefined;
  readonly names: ReadonlySet<string>;
  /** The trackers of a session that has not set any. */
  readonly trackers: Trackers;
  readonly #lost = new Set<string>();
  #ask!: string;
  #setUp!: string;
  readonly #asked: readonly string[];
  /** The variables that are reported as ON and OFF, but selected as 1 and 0. */
  readonly #switches: ReadonlySet<string>;

  /**
   * @param rows the answer to `askVariables`, before the set-up was sent
   * @param version as `versionIn` reads it
   */
  constructor(server: ServerKind, rows: Rows, version?: number) {
    const told = valuesOf(rows);
    this.server = server;
    this.version = version;
    this.names = new Set(NAMES[server].filter((name) => told.has(name)));
    this.trackers = trackersIn(told);
    this.#asked = [...told.keys()];
    this.#switches = new Set(this.#asked.filter((name) => /^(?:on|off)$/i.test(told.get(name)!)));
    this.#write();
  }

  #write(): void {
    this.#ask = `SELECT ${this.#asked.map((name) => (this.#lost.has(name) ? 'NULL' : `@@${name}`)).join(', ')}`;
    this.#setUp =
      `SET session_track_system_variables = '${[...this.names].filter((name) => this.has(name)).join(',')}', ` +
      'session_track_schema = 1, session_track_state_change = 1, ' +
      "session_track_transaction_info = 'CHARACTERISTICS'";
  }

  /** One statement that turns the trackers on; sent again after each reset. */
  get setUp(): string {
    return this.#setUp;
  }

  /** The query for all values: one row, in a fraction of the time of `askVariables`. */
  get ask(): string {
    return this.#ask;
  }

  /**
   * Like `ask`, and last the default database, in hexadecimal because of the character set of results: see `schemaIn`.
   */
  get askWithSchema(): string {
    return `${this.#ask}, HEX(CONVERT(DATABASE() USING utf8mb4))`;
  }

  /** @param rows the answer of another session to `askVariables`: the server no longer has what is missing */
  compare(rows: Rows): void {
    const told = valuesOf(rows);
    for (const name of this.#asked) if (!told.has(name)) this.#lost.add(name);
    this.#write();
  }

  /** Whether every session that was opened since has this variable. */
  has(name: string): boolean {
    return !this.#lost.has(name);
  }

  /** Whether the outcome of setting this variable is known, by a report or otherwise. */
  knows(name: string): boolean {
    return this.names.has(name) || name.startsWith('session_track_') || INSERT_IDS.has(name);
  }

  /** The values in the answer to `ask`, by name, in the form in which the server reports changes. */
  values([row = []]: Rows): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    for (const [at, name] of this.#asked.entries())
      if (this.has(name)) values.set(name, this.#asTold(name, row[at] ?? ''));
    return values;
  }

  #asTold(name: string, value: string): string {
    if (!this.#switches.has(name)) return value;
    return value === '1' ? 'ON' : value === '0' ? 'OFF' : value;
  }
}

const INSERT_IDS: ReadonlySet<string> = new Set(['last_insert_id', 'identity']);

/** The default database in the answer to `askWithSchema`: its bytes, one character each. */
export const schemaIn = ([row]: Rows): string => Buffer.from(row?.at(-1) ?? '', 'hex').toString('latin1');

/** The rows of an answer, as text. */
export type Rows = readonly (readonly (string | null)[])[];

/** The values in the answer to `askVariables`, by name. */
export const valuesOf = (rows: Rows): ReadonlyMap<string, string> =>
  new Map(rows.map(([name, value]) => [String(name).toLowerCase(), value ?? '']));

/** The statement that sets these trackers. */
export const settingTrackers = (trackers: Trackers): string =>
  `SET ${TRACKERS.map((name) => `${name} = '${trackers[name].replaceAll("'", "''")}'`).join(', ')}`;

export const trackersIn = (told: ReadonlyMap<string, string>): Trackers => ({
  session_track_system_variables: told.get('session_track_system_variables') ?? '',
  session_track_schema: told.get('session_track_schema') ?? 'OFF',
  session_track_state_change: told.get('session_track_state_change') ?? 'OFF',
  session_track_transaction_info: told.get('session_track_transaction_info') ?? 'OFF',
});
