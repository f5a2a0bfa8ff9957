import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import * as modules from 'node:module';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { firstAnswer } from '../mysql/first-answer.js';
import { copyOf, type Copy } from './copy.js';
import { isBuilding, mysqlPorts } from './raw-connection.js';
import { explain } from './report.js';

const hasHooks = 'registerHooks' in modules;

const CHANNEL = 'net.client.socket';

/**
 * Watches for connections to MySQL that were not opened by a known copy of mysql2, and warns once, saying what to do.
 */
export function watchUnpooledDrivers(): void {
  const watch = (message: unknown): void => {
    if (isBuilding()) return;
    const { socket } = message as { readonly socket: Socket };
    const file = openerIn(new Error('opened').stack);
    socket.once('connect', () => {
      const copy = file === undefined ? undefined : copyOf(file);
      const tell = (): void => {
        unsubscribe(CHANNEL, watch);
        explain(`a connection to MySQL is not from our pools and not counted: ${reason(file, copy)}`);
      };
      if (DRIVERS.has(copy?.name ?? '') || isMysqlPort(socket.remotePort)) tell();
      else whenGreeted(socket, tell);
    });
  };
  subscribe(CHANNEL, watch);
}

const DRIVERS: ReadonlySet<string> = new Set(['mysql2', 'mysql', 'mariadb']);

/**
 * Known ports of MySQL: 3306, those seen so far, and that of DATABASE_URL. On these the warning does not wait for the
 * greeting.
 */
function isMysqlPort(port: number | undefined): boolean {
  const url = /^(?:mysql|mariadb):\/\/[^/]*:(\d+)/.exec(process.env['DATABASE_URL'] ?? '');
  return port !== undefined && (mysqlPorts.has(port) || port === Number(url?.[1]));
}

// Enough bytes to reach the beginning of the server version.
const LOOKED_AT = 12;

/**
 * Calls `greeted` if the first received bytes are a MySQL greeting, whatever the port. The data is passed on to the
 * socket's reader unchanged.
 */
function whenGreeted(socket: Socket, greeted: () => void): void {
  const push = socket.push.bind(socket);
  let first: Buffer = Buffer.alloc(0);
  socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (Buffer.isBuffer(chunk)) first = Buffer.concat([first, chunk.subarray(0, LOOKED_AT)]);
    if (!Buffer.isBuffer(chunk) || first.length >= LOOKED_AT) {
      Reflect.deleteProperty(socket, 'push');
      if (isGreeting(first)) greeted();
    }
    return push(chunk, encoding);
  };
}

/**
 * The server version must follow as text: a protocol that merely shares the first five bytes is not mistaken for MySQL.
 */
const isGreeting = (first: Buffer): boolean =>
  firstAnswer(first) === 'greeting' && /^\d+\.\d/.test(first.toString('latin1', 5));

/** The first file in a stack that belongs neither to Node nor to this package. */
function openerIn(stack = ''): string | undefined {
  for (const line of stack.split('\n')) {
    const place = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^)]*?)(?::\d+){1,2}\)?$/.exec(line)?.[1];
    if (place === undefined || place === __filename || place.includes('unpooled-drivers.')) continue;
    return place.startsWith('file:') ? fileURLToPath(place) : place;
  }
  return undefined;
}

function reason(file: string | undefined, copy: Copy | undefined): string {
  if (process.env['JEST_WORKER_ID'] !== undefined) {
    return "Jest loads modules by itself; add 'node-mysqlpool/register' to the setupFiles of its configuration";
  }
  if (copy?.name === 'mysql2') {
    const loader = hasHooks ? '' : ', or comes from a loader of its own, which needs Node 22.15 or later';
    return `mysql2 ${copy.version} was loaded before node-mysqlpool/register${loader}; put --import node-mysqlpool/register first`;
  }
  if (copy?.name === 'mariadb' || copy?.name === 'mysql') {
    return `it is opened by the package "${copy.name}", and only mysql2 is taken over`;
  }
  return `${file ?? 'something'} seems to have mysql2 bundled into it; make mysql2 external in the bundler, or an alias for node-mysqlpool/mysql2`;
}
