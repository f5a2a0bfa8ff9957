import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { copyOf } from './copy.js';
import { isBuilding, mysqlPorts } from './governed-connection.js';
import { explain } from './report.js';

const CHANNEL = 'net.client.socket';

/** Watches for connections to MySQL that no copy of mysql2 that we know has opened, and says once what to do. */
export function watchStrangers(): void {
  const watch = (message: unknown): void => {
    if (isBuilding()) return;
    const { socket } = message as { readonly socket: Socket };
    const place = new Error('opened');
    socket.once('connect', () => {
      if (!mysqlPorts.has(socket.remotePort ?? 0)) return;
      unsubscribe(CHANNEL, watch);
      explain(`a connection to MySQL is not from our pools and not counted: ${reason(openerIn(place.stack))}`);
    });
  };
  subscribe(CHANNEL, watch);
}

/** The first file in a stack that is not Node's and not ours. */
function openerIn(stack = ''): string | undefined {
  for (const line of stack.split('\n')) {
    const place = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^)]*?)(?::\d+){1,2}\)?$/.exec(line)?.[1];
    if (place === undefined || place === __filename || place.includes('strangers.')) continue;
    return place.startsWith('file:') ? fileURLToPath(place) : place;
  }
  return undefined;
}

function reason(file: string | undefined): string {
  if (process.env['JEST_WORKER_ID'] !== undefined) {
    return "Jest loads modules by itself; map '^mysql2$' to node-mysqlpool/mysql2 in its moduleNameMapper";
  }
  const copy = file === undefined ? undefined : copyOf(file);
  if (copy?.name === 'mysql2') {
    return `mysql2 ${copy.version} was loaded before node-mysqlpool/register, or by a loader of its own; put --import node-mysqlpool/register first`;
  }
  if (copy?.name === 'mariadb' || copy?.name === 'mysql') {
    return `it is opened by the package "${copy.name}", and only mysql2 is taken over`;
  }
  return `${file ?? 'something'} seems to have mysql2 bundled into it; make mysql2 external in the bundler, or an alias for node-mysqlpool/mysql2`;
}
