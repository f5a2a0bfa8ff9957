import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { GREETING } from '../mysql/fake-server.js';
import { register, run } from './child.js';

const FOREIGN = /a connection to MySQL is not from our pools and not counted/;

type Greet = (socket: Socket) => void;

/** Listens, and answers what `net.connect` takes. */
async function listening(t: TestContext, greet: Greet, address: string | 0 = 0): Promise<string | object> {
  const server = createServer((socket) => greet(socket.on('error', () => undefined).setNoDelay(true)));
  server.listen(address);
  await once(server, 'listening');
  t.after(() => server.close());
  const at = server.address();
  return typeof at === 'string' ? { path: at } : { port: at!.port, host: '127.0.0.1' };
}

/** Whether register tells of a program that connects to all of them and reads to the end. */
async function isTold(...addresses: (string | object)[]): Promise<boolean> {
  const script = `
    const { connect } = require('node:net');
    for (const at of ${JSON.stringify(addresses)}) connect(at).resume().on('error', () => undefined);`;
  const { stderr } = await run(['--import', register, '-e', script], {}, process.cwd());
  return FOREIGN.test(stderr);
}

/** Sends byte by byte, the first of them late, and hangs up. */
function slowly(socket: Socket): void {
  const rest = [...GREETING];
  const next = (): void => {
    const byte = rest.shift();
    if (byte === undefined) socket.end();
    else socket.write(Buffer.of(byte), () => setImmediate(next));
  };
  setTimeout(next, 50);
}

it('tells of a foreign connection by its greeting, on whatever port, however late and in whatever pieces it comes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strangers-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  assert.equal(await isTold(await listening(t, slowly)), true, 'late, and byte by byte');
  const greet: Greet = (socket) => void socket.end(GREETING);
  assert.equal(await isTold(await listening(t, greet, join(folder, 'mysqld.sock'))), true, 'a Unix socket');
});

it('says nothing of other protocols that speak first', async (t) => {
  const hellos = ['SSH-2.0-OpenSSH_9.2p1\r\n', '\x05\0\0\0\x0b\x08\x05\x1a\0', '\x4a\0\0\0\x0a', ''];
  const ports = hellos.map((hello) => listening(t, (socket) => void socket.end(hello, 'latin1')));
  assert.equal(await isTold(...(await Promise.all(ports))), false);
});
