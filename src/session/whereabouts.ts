import type { ServerKind } from './built-in-names.js';

// MariaDB has no server UUID. No two servers behind one address are expected to have these three values in common.
const PLACE: Record<ServerKind, string> = {
  mariadb: "CONCAT_WS('/', @@hostname, @@port, @@server_id)",
  mysql: '@@server_uuid',
};
// Both servers count their uptime to the second of the statement, as does UNIX_TIMESTAMP: the difference is constant.
const UPTIME: Record<ServerKind, string> = {
  mariadb: 'information_schema.GLOBAL_STATUS',
  mysql: 'performance_schema.global_status',
};

/** An SQL expression for the server, as a word that no other server has. */
export const placeExpression = (server: ServerKind): string => PLACE[server];

/**
 * An SQL expression for the second in which the server was started, which needs no privilege. A server that was
 * restarted counts as another one, since it numbers its sessions from 1 again.
 */
export const startExpression = (server: ServerKind): string =>
  `CONCAT(UNIX_TIMESTAMP() - (SELECT VARIABLE_VALUE FROM ${UPTIME[server]} WHERE VARIABLE_NAME = 'Uptime'))`;
