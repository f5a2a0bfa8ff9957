/** The errors of failed logins, with the texts and numbers of MySQL's own server and client library. */
import type { ErrorPacket } from '../error-packet.js';

/** The server's error for a wrong password, and likewise for an unknown user. */
export function accessDenied(user: string, host: string, hasPassword: boolean): ErrorPacket {
  const using = hasPassword ? 'YES' : 'NO';
  return {
    errno: 1045,
    sqlState: '28000',
    message: `Access denied for user '${user}'@'${host}' (using password: ${using})`,
  };
}

/** The server's error for a client that does not support the account's plugin. */
export const CLIENT_TOO_OLD: ErrorPacket = {
  errno: 1251,
  sqlState: '08004',
  message: 'Client does not support authentication protocol requested by server; consider upgrading MySQL client',
};

/** The client library's error for a plugin that it does not have. */
export const unknownPlugin = (plugin: string, known: readonly string[]): ErrorPacket => ({
  errno: 2059,
  sqlState: 'HY000',
  message: `Authentication plugin '${plugin}' cannot be loaded: known are ${known.join(', ')}`,
});

/** The client library's error for a plugin that cannot do what the server asks. */
export const pluginFailed = (plugin: string, why: string): ErrorPacket => ({
  errno: 2061,
  sqlState: 'HY000',
  message: `Authentication plugin '${plugin}' reported error: ${why}`,
});
