/** The kinds of servers. Each has built-in names that the other one lacks. */
export type ServerKind = 'mysql' | 'mariadb';

/** What the functions of a server depend on, as far as it is known. */
export interface KnownServer {
  readonly server?: ServerKind | undefined;
  /** As `versionIn` reads it. */
  readonly version?: number | undefined;
}

// Names before a parenthesis that cannot be a stored or loadable function: built-in functions, which both servers
// prefer to any other of the same name, and keywords that cannot name a function. Found by asking both servers. Names
// that only some of the supported versions have built in are in `OF_VERSIONS`.
const ON_BOTH = (
  'abs acos adddate addtime aes_decrypt aes_encrypt all and any as ascii asin atan atan2 avg benchmark between ' +
  'bigint bin binary bit bit_and bit_count bit_length bit_or bit_xor blob bool by case cast ceil ceiling char ' +
  'char_length character character_length charset coalesce code coercibility collate collation compress concat ' +
  'concat_ws connection_id contains conv convert convert_tz cos cot count crc32 cume_dist curdate current_date ' +
  'current_role current_time current_timestamp current_user curtime database date date_add date_format date_sub ' +
  'datediff datetime day dayname dayofmonth dayofweek dayofyear dec decimal default degrees delete dense_rank ' +
  'distinct distinctrow div do double else elseif elt end enum except exists exp explain export_set extract ' +
  'extractvalue field find_in_set first_value float floor for force format found_rows from from_base64 from_days ' +
  'from_unixtime geometrycollection get_format greatest group group_concat having hex high_priority hour if ifnull ' +
  'ignore in index inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr int integer intersect interval into is ' +
  'is_free_lock is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_used_lock isnull join json json_array ' +
  'json_array_append json_array_insert json_arrayagg json_contains json_contains_path json_depth json_extract ' +
  'json_insert json_keys json_length json_merge json_merge_patch json_merge_preserve json_object json_objectagg ' +
  'json_pretty json_quote json_remove json_replace json_search json_set json_type json_unquote ' +
  'json_valid json_value key keys lag last_day last_insert_id last_value lcase lead least left length like limit ' +
  'linestring ln load load_file local localtime localtimestamp locate log log10 log2 lower lpad ltrim make_set ' +
  'makedate maketime master_pos_wait match max mbrcontains mbrdisjoint mbrequals mbrintersects mbroverlaps ' +
  'mbrtouches mbrwithin microsecond mid min minute mod month monthname multilinestring multipoint multipolygon ' +
  'name_const names nchar not now nth_value ntile nullif numeric nvarchar oct octet_length offset on or ord order ' +
  'over partition password percent_rank period_add period_diff pi point polygon port position pow power primary ' +
  'quarter quote radians rand range rank real regexp regexp_instr regexp_replace regexp_substr repeat ' +
  'replace returning reverse right rlike round row row_count row_number rows rpad rtrim schema sec_to_time second ' +
  'select separator session session_user set sha2 show sign signed sin sleep smallint some soundex space ' +
  'sql_big_result sql_buffer_result sql_calc_found_rows sql_no_cache sql_small_result sqrt srid st_area ' +
  'st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_buffer st_centroid st_contains st_convexhull st_crosses ' +
  'st_difference st_dimension st_disjoint st_distance st_distance_sphere st_endpoint st_envelope st_equals ' +
  'st_exteriorring st_geomcollfromtext st_geomcollfromwkb st_geometrycollectionfromtext ' +
  'st_geometrycollectionfromwkb st_geometryfromtext st_geometryfromwkb st_geometryn st_geometrytype ' +
  'st_geomfromgeojson st_geomfromtext st_geomfromwkb st_interiorringn st_intersection st_intersects st_isclosed ' +
  'st_isempty st_issimple st_length st_linefromtext st_linefromwkb st_linestringfromtext st_linestringfromwkb ' +
  'st_mlinefromtext st_mlinefromwkb st_mpointfromtext st_mpointfromwkb st_mpolyfromtext st_mpolyfromwkb ' +
  'st_multilinestringfromtext st_multilinestringfromwkb st_multipointfromtext st_multipointfromwkb ' +
  'st_multipolygonfromtext st_multipolygonfromwkb st_numgeometries st_numinteriorrings st_numpoints st_overlaps ' +
  'st_pointfromtext st_pointfromwkb st_pointn st_polyfromtext st_polyfromwkb st_polygonfromtext st_polygonfromwkb ' +
  'st_srid st_startpoint st_symdifference st_touches st_union st_within st_x st_y std stddev stddev_pop ' +
  'stddev_samp str_to_date straight_join strcmp subdate substr substring substring_index subtime sum sysdate ' +
  'system_user table tan text then time time_format time_to_sec timediff timestamp timestampadd timestampdiff to ' +
  'to_base64 to_days to_seconds trim truncate ucase uncompress uncompressed_length unhex unicode union unique ' +
  'unix_timestamp unsigned update updatexml upper use user using utc_date utc_time utc_timestamp uuid uuid_short ' +
  'value values var_pop var_samp varbinary varchar variance version week weekday weekofyear weight_string when ' +
  'where while window with xor year yearweek'
).split(' ');

const ON_MYSQL = (
  'against any_value bin_to_uuid columns current_role_in current_user_in format_bytes format_pico_time ' +
  'geomcollection grouping gtid_subset gtid_subtract icu_version is_uuid json_overlaps json_schema_valid ' +
  'json_schema_validation_report json_storage_free json_storage_size json_table lateral mbrcoveredby mbrcovers of ' +
  'ps_current_thread_id ps_thread_id random_bytes regexp_like remove_dd_property_key source_pos_wait st_buffer_strategy ' +
  'st_frechetdistance st_geohash st_geomcollfromtxt st_hausdorffdistance st_isvalid st_latfromgeohash st_latitude ' +
  'st_lineinterpolatepoint st_lineinterpolatepoints st_longfromgeohash st_longitude st_makeenvelope ' +
  'st_numinteriorring st_pointatdistance st_pointfromgeohash st_simplify st_swapxy st_transform st_validate ' +
  'statement_digest statement_digest_text uuid_to_bin ' +
  'wait_for_executed_gtid_set'
).split(' ');

const ON_MARIADB = (
  'add_months area binlog_gtid_pos boundary buffer centroid chr column_add column_check column_create ' +
  'column_delete column_exists column_get column_json column_list crosses decode decode_histogram ' +
  'des_decrypt des_encrypt dimension disjoint encode encrypt endpoint envelope equals glength intersects ' +
  'json_compact json_detailed json_exists json_loose json_query lengthb ' +
  'master_gtid_wait mbrequal md5 median nvl nvl2 old_password overlaps percentile_cont ' +
  'percentile_disc sha sha1 sql_cache st_boundary st_isring st_pointonsurface st_relate sys_guid to_char ' +
  'touches'
).split(' ');

/** Names that are built in from a version on (`from`), or until one (`before`). */
interface OfVersions {
  readonly names: string;
  readonly from?: number;
  readonly before?: number;
}

const OF_VERSIONS: Readonly<Record<ServerKind, readonly OfVersions[]>> = {
  mysql: [
    // Since then they are in a component.
    { names: 'md5 sha sha1', before: 9_006 },
    {
      names: 'etag from_vector json_duality_object string_to_vector to_vector vector_dim vector_to_string',
      from: 9_007,
    },
  ],
  mariadb: [
    {
      names: 'crc32c json_equals json_normalize json_overlaps natural_sort_key random_bytes sformat',
      from: 10_011,
    },
    {
      names:
        'json_array_intersect json_key_value json_object_filter_keys json_object_to_array json_schema_valid kdf uuid_v4 ' +
        'uuid_v7 vec_distance vec_distance_cosine vec_distance_euclidean vec_fromtext vec_totext',
      from: 11_008,
    },
  ],
};

/** A version as one number: 10011 for 10.11. Undefined for a text that is none. */
export function versionIn(text: string): number | undefined {
  // MariaDB writes 5.5.5- before its own version for old clients.
  const [, major, minor] = /^(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : Number(major) * 1000 + Number(minor);
}

// With a blank before the parenthesis these are ordinary names, unless the sql_mode has IGNORE_SPACE.
const WITHOUT_BLANK = new Set(
  (
    'adddate bit_and bit_or bit_xor cast count cume_dist curdate curtime date_add date_sub dense_rank extract ' +
    'first_value group_concat json_arrayagg json_duality_object json_objectagg lag lead max median mid min now ' +
    'nth_value ntile percent_rank percentile_cont percentile_disc position rank session_user st_collect std stddev ' +
    'stddev_pop stddev_samp subdate substr substring sum sysdate system_user trim var_pop var_samp variance'
  ).split(' '),
);

const BUILT_IN: Readonly<Record<ServerKind | 'any', ReadonlySet<string>>> = {
  any: new Set(ON_BOTH),
  mysql: new Set([...ON_BOTH, ...ON_MYSQL]),
  mariadb: new Set([...ON_BOTH, ...ON_MARIADB]),
};

const byName = (all: readonly OfVersions[]): ReadonlyMap<string, OfVersions> =>
  new Map(all.flatMap((one) => one.names.split(' ').map((name) => [name, one] as const)));

const VERSIONS: Readonly<Record<ServerKind, ReadonlyMap<string, OfVersions>>> = {
  mysql: byName(OF_VERSIONS.mysql),
  mariadb: byName(OF_VERSIONS.mariadb),
};

/**
 * Whether a bare name in lower case, followed by a parenthesis, certainly is not a function that somebody has created.
 * @param isApart whether there is a blank before the parenthesis
 */
export function isBuiltIn(name: string, isApart: boolean, { server, version }: KnownServer): boolean {
  if (isApart && WITHOUT_BLANK.has(name)) return false;
  if (BUILT_IN[server ?? 'any'].has(name)) return true;
  if (server === undefined || version === undefined) return false;
  const of = VERSIONS[server].get(name);
  return of !== undefined && version >= (of.from ?? 0) && version < (of.before ?? Infinity);
}
