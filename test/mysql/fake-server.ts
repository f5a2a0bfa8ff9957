/** A minimal server, for packets that a real one sends rarely. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** Listens on a free port; resolves with the port. */
export async function portOf(t: TestContext, greet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    greet(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export function packet(number: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = number;
  return Buffer.concat([header, payload]);
}

/** The greeting of a server with MySQL's protocol 4.1 and authentication plugins. */
export const GREETING = packet(
  0,
  Buffer.concat([
    Buffer.from('\x0a8.0.0\0\x01\0\0\0', 'latin1'),
    Buffer.from('saltsalt\0', 'latin1'),
    Buffer.from([0x00, 0x82, 0x21, 0x02, 0x00, 0x08, 0x00, 21]),
    Buffer.alloc(10),
    Buffer.from('saltsaltsalt\0mysql_native_password\0', 'latin1'),
  ]),
);

/** An OK packet: the answer to a login or a statement. */
export const ok = (number: number): Buffer => packet(number, Buffer.from([0x00, 0, 0, 2, 0, 0, 0]));

/** An ERR packet. */
export function errorPacket(number: number, errno: number, message: string): Buffer {
  const head = Buffer.from([0xff, 0, 0]);
  head.writeUInt16LE(errno, 1);
  return packet(number, Buffer.concat([head, Buffer.from(`#HY000${message}`)]));
}

/**
 * Refuses the first `dials` connections with the error `errno`, as a full server does; forwards later ones to the
 * server.
 */
export function fullAtFirst(
  t: TestContext,
  { host, port }: { readonly host: string; readonly port: number },
  dials: number,
  errno: number,
): Promise<number> {
  let left = dials;
  return portOf(t, (socket) => {
    if (left-- > 0) {
      socket.end(errorPacket(0, errno, 'Too many connections'));
      return;
    }
    const real = connect(port, host).on('error', () => undefined);
    socket.pipe(real).pipe(socket);
    for (const end of [socket, real]) end.on('close', () => (socket.destroy(), real.destroy()));
  });
}
