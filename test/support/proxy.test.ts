import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { after, before, beforeEach, afterEach, describe, it } from 'node:test';
import { startProxy } from './proxy.js';
import type { Proxy } from './proxy.js';
import { until } from './until.js';

describe('proxy', () => {
  let echo: Server;
  let proxy: Proxy;
  const served: Socket[] = [];
  const clients: Socket[] = [];

  before(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      served.push(socket);
      socket.on('error', () => {});
      socket.pipe(socket);
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
  });
  after(() => echo.close());

  beforeEach(async () => {
    proxy = await startProxy({ target: { host: '127.0.0.1', port: (echo.address() as AddressInfo).port } });
  });
  afterEach(async () => {
    for (const socket of [...clients.splice(0), ...served.splice(0)]) socket.destroy();
    await proxy.close();
  });

  async function connect(): Promise<Socket> {
    const socket = createConnection({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    clients.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  async function say(socket: Socket, text: string): Promise<string> {
    const answer = once(socket, 'data');
    socket.write(text);
    const [data] = (await answer) as [Buffer];
    return data.toString();
  }

  const codeOf = async (socket: Socket): Promise<string> => {
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    return error.code ?? '';
  };

  it('carries bytes both ways and counts them', async () => {
    const client = await connect();
    assert.equal(await say(client, 'hello'), 'hello');
    assert.deepEqual(proxy.bytes, { toTarget: 5, toClient: 5 });
    assert.equal(proxy.connections, 1);
    assert.equal(proxy.accepted, 1);
  });

  it('carries more than fits into any buffer, in order', async () => {
    const client = await connect();
    const sent = Buffer.alloc(8 * 1024 * 1024);
    for (let at = 0; at < sent.length; at++) sent[at] = (at * 31 + (at >> 12)) & 0xff;
    const parts: Buffer[] = [];
    client.on('data', (data) => parts.push(data));
    client.end(sent);
    await once(client, 'end');
    assert.ok(Buffer.concat(parts).equals(sent));
  });

  it('hands the end of a stream on, one direction at a time', async () => {
    const client = await connect();
    client.end('last words');
    const [data] = (await once(client, 'data')) as [Buffer];
    assert.equal(data.toString(), 'last words');
    await once(client, 'close');
    await until(() => proxy.connections === 0);
  });

  it('puts itself into a URL', () => {
    assert.equal(proxy.url('mysql://a:b%40c@localhost:3306/db'), `mysql://a:b%40c@127.0.0.1:${proxy.port}/db`);
  });

  it('resets both sides on cut, and takes new connections', async () => {
    const client = await connect();
    await say(client, 'x');
    const broken = Promise.all([codeOf(client), codeOf(served[0]!)]);
    proxy.cut();
    assert.deepEqual(await broken, ['ECONNRESET', 'ECONNRESET']);
    assert.equal(await say(await connect(), 'again'), 'again');
  });

  it('resets the client when the target refuses', async () => {
    await using other = await startProxy({ target: { host: '127.0.0.1', port: 1 } });
    const client = createConnection({ port: other.port, host: '127.0.0.1' });
    clients.push(client);
    assert.equal(await codeOf(client), 'ECONNRESET');
  });

  it('refuses new connections while open ones go on, and accepts on the same port', async () => {
    const client = await connect();
    await say(client, 'x');
    const { port } = proxy;
    await proxy.refuse();
    await assert.rejects(connect(), { code: 'ECONNREFUSED' });
    assert.equal(await say(client, 'still'), 'still');
    await proxy.accept();
    assert.equal(proxy.port, port);
    assert.equal(await say(await connect(), 'back'), 'back');
  });

  it('black-holes open connections for good and new ones until it heals', async () => {
    const before = await connect();
    await say(before, 'x');
    proxy.blackhole();
    const during = await connect();
    for (const socket of [before, during]) {
      socket.on('data', () => assert.fail('a byte came through'));
      socket.on('end', () => assert.fail('an end came through'));
      socket.write('into the void');
    }
    served[0]!.write('back into the void');
    proxy.heal();
    // A later round trip on a working connection: had the proxy forwarded the bytes above, they would have arrived by
    // now.
    assert.equal(await say(await connect(), 'alive'), 'alive');
    before.write('still dead');
    assert.equal(await say(await connect(), 'alive'), 'alive');
    assert.equal(served.length, 3, 'the connection made in the dark never reached the target');
    assert.equal(proxy.connections, 4);
  });

  it('loses what contains a text and counts it, and forwards everything else', async () => {
    const client = await connect();
    proxy.lose('lost');
    client.write('this is lost');
    await until(() => proxy.lost === 1);
    assert.equal(await say(client, 'kept'), 'kept');
    proxy.lose(undefined);
    assert.equal(await say(client, 'lost'), 'lost');
    assert.equal(proxy.lost, 1);
  });

  it('swallows the end of a black-holed connection, like a network that drops everything', async () => {
    const client = await connect();
    await say(client, 'x');
    proxy.blackhole();
    client.on('end', () => assert.fail('the end was answered'));
    client.end();
    await once(client, 'finish');
    proxy.heal();
    assert.equal(await say(await connect(), 'alive'), 'alive');
    assert.equal(client.readableEnded, false);
  });

  it('delays every byte, and later ones no more than earlier ones', async () => {
    const client = await connect();
    await say(client, 'x');
    proxy.delay(40);
    const began = performance.now();
    assert.equal(await say(client, 'slow'), 'slow');
    assert.ok(performance.now() - began >= 78, 'once each way');
    proxy.delay(0);
    assert.equal(await say(client, 'fast'), 'fast');
  });

  it('closes a connection that is cut while its end is on its way, and leaves no socket behind', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = sockets();
    const client = await connect();
    client.on('error', () => undefined);
    await say(client, 'hello');
    proxy.halfClose();
    proxy.cut();
    await until(() => proxy.connections === 0);
    client.destroy();
    for (const socket of served) socket.destroy();
    await until(() => sockets() <= before);
  });

  it('sends FIN to the client only on halfClose', async () => {
    const client = await connect();
    await say(client, 'x');
    const heard = once(served[0]!, 'data');
    proxy.halfClose();
    await once(client, 'end');
    client.write('you still hear me');
    const [data] = (await heard) as [Buffer];
    assert.equal(data.toString(), 'you still hear me');
    assert.equal(client.writable, true);
  });

  it('throttles to so many bytes a second, in small pieces', async () => {
    const client = await connect();
    await say(client, 'x');
    proxy.throttle(400);
    const pieces: string[] = [];
    client.on('data', (data) => pieces.push(data.toString()));
    const began = performance.now();
    client.write('a'.repeat(60));
    await until(() => pieces.join('').length === 60);
    assert.ok(performance.now() - began >= 140, '60 bytes at 400 a second');
    assert.ok(pieces.length >= 3, pieces.join('|'));
    assert.throws(() => proxy.throttle(0), RangeError);
  });

  it('close resets what is open and frees the port', async () => {
    const client = await connect();
    await say(client, 'x');
    const broken = codeOf(client);
    await proxy.close();
    assert.equal(await broken, 'ECONNRESET');
    assert.equal(proxy.connections, 0);
    await assert.rejects(connect(), { code: 'ECONNREFUSED' });
    await proxy.close();
  });
});
