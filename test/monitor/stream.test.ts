import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createServer, type AddressInfo } from 'node:net';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { startMonitor, type MonitorReport } from 'node-mysqlpool/monitor';
import { ReportStreams } from '#internal/monitor/report-streams.js';
import { FakePool } from '../pool/support/pool.js';
import { head, monitorFor, streamOf, errorIn, watchedFake, ask } from './support.js';
import { until } from '../support/until.js';

const poolIn = (report: MonitorReport | undefined): MonitorReport['processes'][0]['pools'][0] =>
  report!.processes[0]!.pools[0]!;

describe('the stream of reports', () => {
  it('begins at once with everything, and goes on with what is new, every second', async (t) => {
    const fake = new FakePool({ name: 'shop' });
    const monitor = await monitorFor(t, { pools: [fake.pool] });
    t.after(() => fake.finish());
    await fake.warm(1);
    const stream = await streamOf(t, monitor);
    const first = poolIn(await stream.next());
    assert.deepEqual([first.events.length, first.stats.idle], [1, 1]);
    fake.pool.suspend();
    const second = poolIn(await stream.next());
    assert.deepEqual(
      second.events.map(({ event }) => event),
      ['suspended'],
    );
    assert.equal(second.history.at.length, 1);
    const third = await stream.next();
    assert.deepEqual([poolIn(third).events, poolIn(third).history.at.length], [[], 1]);
    const pause = poolIn(third).history.at[0]! - second.history.at[0]!;
    assert.ok(pause >= 990, `${pause} ms between two samples`);
  });

  it('serves two at once, each with its own beginning', async (t) => {
    const fake = new FakePool();
    const monitor = await monitorFor(t, { pools: [fake.pool] });
    t.after(() => fake.finish());
    const one = await streamOf(t, monitor);
    await one.next();
    fake.pool.suspend();
    await one.next();
    const other = await streamOf(t, monitor);
    assert.equal(poolIn(await other.next()).events.length, 1, 'all of it for the one that has just come');
    fake.pool.resume();
    const [a, b] = await Promise.all([one.next(), other.next()]);
    assert.deepEqual(poolIn(a).events, poolIn(b).events);
    assert.equal(poolIn(a).events[0]!.event, 'resumed');
    one.close();
    assert.ok(await other.next(), 'the other goes on');
  });

  it('serves 20, and says so to one more', async (t) => {
    const monitor = await monitorFor(t);
    const streams = [];
    for (let i = 0; i < 20; i++) streams.push(await streamOf(t, monitor));
    const answer = await ask(monitor, '/api/stream');
    assert.deepEqual([answer.status, errorIn(answer)], [503, '20 watch already; close one of them']);
    assert.equal((await ask(monitor, '/api/report')).status, 200);
    streams[3]!.close();
    await until(async () => {
      const response = await head(monitor, '/api/stream');
      response.destroy();
      return response.statusCode === 200;
    });
  });

  it('ends with the monitor', async (t) => {
    const monitor = await startMonitor();
    const stream = await streamOf(t, monitor);
    await stream.next();
    await monitor.close();
    while (!stream.ended) await stream.next();
    assert.ok(stream.ended);
  });

  it('survives readers that go away at any moment', async (t) => {
    const monitor = await monitorFor(t);
    for (let i = 0; i < 30; i++) {
      const response = await head(monitor, '/api/stream');
      if (i % 2 === 0) response.destroy();
      else response.once('data', () => response.destroy());
    }
    const stream = await streamOf(t, monitor);
    assert.ok((await stream.next()) && (await stream.next()));
  });
});

/** What a stream writes to, with a reader that takes something only when told to. */
class SlowReader extends EventEmitter {
  readonly written: string[] = [];
  writableNeedDrain = false;
  destroyed = false;

  write(text: string): boolean {
    this.written.push(text);
    this.writableNeedDrain = true;
    return false;
  }

  read(): void {
    this.writableNeedDrain = false;
  }

  end(): void {
    this.emit('close');
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

describe('a slow reader', () => {
  it('is passed over, and then gets all that it has missed', async (t) => {
    const { fake, source } = watchedFake(t);
    const streams = new ReportStreams(source, fake.clock);
    t.after(() => streams.close());
    const reader = new SlowReader();
    streams.add(reader as unknown as ServerResponse);
    await fake.clock.advance(10_000);
    assert.equal(reader.written.length, 1, 'one report waits for it, never more');
    reader.read();
    await fake.clock.advance(1_000);
    assert.equal(reader.written.length, 2);
    const report = JSON.parse(reader.written[1]!.split('data: ')[1]!) as MonitorReport;
    assert.equal(poolIn(report).history.at.length, 11);
  });

  it('is cut off when it takes nothing for half a minute', async (t) => {
    const { fake, source } = watchedFake(t);
    const streams = new ReportStreams(source, fake.clock);
    const reader = new SlowReader();
    streams.add(reader as unknown as ServerResponse);
    await fake.clock.advance(29_000);
    assert.deepEqual([reader.destroyed, streams.size], [false, 1]);
    await fake.clock.advance(3_000);
    assert.deepEqual([reader.destroyed, streams.size], [true, 0]);
    streams.close();
  });
});

it('a port that something else listens on is no monitor', async (t) => {
  const other = createServer((socket) => socket.end('220 hello\r\n'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { MonitorClient } = await import('node-mysqlpool/monitor');
  const client = new MonitorClient(String((other.address() as AddressInfo).port));
  await assert.rejects(client.report(), { code: 'MONITOR_UNREACHABLE' });
});
