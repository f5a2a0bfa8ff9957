import type { ServerKind } from './built-in-names.js';

// MariaDB has no identity of its own: nobody gives two servers of one address the same three.
const PLACE: Record<ServerKind, string> = {
  mariadb: "CONCAT_WS('/', @@hostname, @@port, @@server_id)",
  mysql: '@@server_uuid',
};
// Both servers count from the second of the statement, as UNIX_TIMESTAMP does: the difference is always the same second.
const UPTIME: Record<ServerKind, string> = {
  mariadb: 'information_schema.GLOBAL_STATUS',
  mysql: 'performance_schema.global_status',
};

/** An expression: which server it is, in a word that no other server has. */
export const placeExpression = (server: ServerKind): string => PLACE[server];

/**
 * An expression: the second in which the server was started, which nobody needs a right to know. A server that was started
 * anew is another one: it counts its sessions from 1 again.
 */
export const startExpression = (server: ServerKind): string =>
  `CONCAT(UNIX_TIMESTAMP() - (SELECT VARIABLE_VALUE FROM ${UPTIME[server]} WHERE VARIABLE_NAME = 'Uptime'))`;
