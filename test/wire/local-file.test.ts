/** On MariaDB alone, which lets clients send files unless told otherwise; the bytes are the same on MySQL. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ASKED, AnswerStream, Capability, OFFERED, type Packet } from '#internal/wire/index.js';
import { freshDatabase, startServer } from '#support/servers/index.js';
import { WireClient, bytesOf } from '#support/wire-client.js';
import { DIALECTS } from './support/exchange.js';
import { Listener } from './support/listener.js';

const FILE = Buffer.from('1\n2\n3\n');

it('a local file is asked for, and what comes of it is told, in both dialects', async () => {
  await using server = await startServer('mariadb');
  await using database = await freshDatabase(server, 'CREATE TABLE t (a INT)');
  const { host, port, user, password } = server;
  const run = async (without: number): Promise<Packet[]> => {
    const capabilities = ((OFFERED | Capability.LOCAL_FILES) & ~without) >>> 0;
    await using client = await WireClient.connect({
      host,
      port,
      user,
      password,
      capabilities,
      database: database.name,
    });
    await client.command(Buffer.from([0x1b, 0, 0]));
    const statements = Buffer.from("\u0003SELECT 1; LOAD DATA LOCAL INFILE 'any' INTO TABLE t; SELECT 2");
    const packets = await client.command(statements, FILE);
    return packets;
  };
  const packets = await run(0);
  const theirs = await run(Capability.DEPRECATE_EOF | Capability.SESSION_TRACK);
  const stream = new AnswerStream((ASKED & ~Capability.LONG_PASSWORD) >>> 0);
  const listener = new Listener('query', DIALECTS.neither);
  stream.expect(listener);
  const out: Buffer[] = [];
  stream.push(bytesOf(packets), (bytes) => out.push(bytes));
  assert.deepEqual(Buffer.concat(out), bytesOf(theirs));
  assert.deepEqual(listener.told.slice(0, 4), [
    'columns 1',
    'ok 0 0 a 0 ',
    'file 1',
    'ok 3 0 a 0 Records: 3  Deleted: 0  Skipped: 0  Warnings: 0',
  ]);
});
