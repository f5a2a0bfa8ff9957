import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import { it } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { connections } from 'node-mysqlpool/settings';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import type { Answer } from './fixtures/part.js';
import { use } from './support/settings.js';
import { counted, databaseFor, one } from './support/servers.js';

const PART = join(__dirname, 'fixtures/part.js');

eachServer('pools of a process or thread', (_, getServer) => {
  /** Settings in force here, and what makes the same of a part. */
  const setUp = async (t: Parameters<typeof use>[0]) => {
    const server = await getServer();
    const entry = await databaseFor(t, server);
    use(t, { DATABASES: { default: entry }, MYSQLPOOL_MAX_TOTAL: 2 });
    const lease = await connections.default.acquire();
    t.after(() => lease.release());
    const { id } = await one(lease, 'SELECT CONNECTION_ID() AS id');
    const env = { ...process.env, MYSQLPOOL_DATABASES: JSON.stringify({ default: entry }), MYSQLPOOL_MAX_TOTAL: '2' };
    const count = (): Promise<number> => counted(server, entry.NAME);
    const check = async (answers: readonly Answer[]): Promise<void> => {
      const ids = answers.flatMap((answer) => answer.ids);
      assert.equal(new Set([id as number, ...ids]).size, ids.length + 1, 'no connection is in two places');
      for (const { peak, pools } of answers) assert.deepEqual([peak, pools], [2, ['default']]);
      assert.equal(await count(), 1 + ids.length);
    };
    /** The end of the others does nothing to ours. */
    const alone = async (): Promise<void> => {
      await until(async () => (await count()) === 1);
      assert.equal((await one(lease, 'SELECT CONNECTION_ID() AS id'))['id'], id);
    };
    return { env, check, alone };
  };

  it('each worker thread has its own', async (t) => {
    const { env, check, alone } = await setUp(t);
    const workers = [new Worker(PART, { env }), new Worker(PART, { env })];
    const answers = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as Answer));
    await check(answers);
    workers[0]!.postMessage('end');
    await once(workers[0]!, 'exit');
    await workers[1]!.terminate();
    await alone();
  });

  it('each forked child has its own', async (t) => {
    const { env, check, alone } = await setUp(t);
    const children = [fork(PART, { env }), fork(PART, { env })];
    t.after(() => children.forEach((child) => child.kill('SIGKILL')));
    await check(await Promise.all(children.map(answerOf)));
    children[0]!.send('end');
    children[1]!.kill('SIGKILL');
    await Promise.all(children.map((child) => once(child, 'exit')));
    await alone();
  });

  it('each worker of a cluster has its own', async (t) => {
    const { env, check, alone } = await setUp(t);
    cluster.setupPrimary({ exec: PART });
    const workers = [cluster.fork(env), cluster.fork(env)];
    t.after(() => workers.forEach((worker) => worker.process.kill('SIGKILL')));
    await check(await Promise.all(workers.map((worker) => answerOf(worker.process))));
    const exits = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.send('end');
    await Promise.all(exits);
    await alone();
  });
});

it('a pool cannot be sent to another thread, nor copied', (t) => {
  use(t, { DATABASES: { default: {} } });
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const message = /default: a pool cannot be copied or sent to another thread; each thread makes its own/;
  assert.throws(() => port1.postMessage({ pool: connections.default }), message);
  assert.throws(() => structuredClone(connections.default), message);
  assert.throws(() => port2.postMessage(connections), { name: 'DataCloneError' });
});

async function answerOf(child: ChildProcess): Promise<Answer> {
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}
