/** A check that cannot fail proves nothing: each is shown what it is there to see. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Deadlines } from '#chaos/checks/deadlines.js';
import { LeftOpen } from '#chaos/checks/left-open.js';
import { MAY_GROW, Memory } from '#chaos/checks/memory.js';
import { ALLOWED, SessionLimit } from '#chaos/checks/session-limit.js';
import { watchUncaught } from '#chaos/checks/uncaught.js';
import { LoopLag } from '#chaos/loop-lag.js';
import { reportOf, violationLine, type Outcome } from '#chaos/report.js';
import { Violations, type Violation } from '#chaos/violations.js';
import { until } from '../support/until.js';

const rules = ({ list }: Violations): string[] => list.map(({ rule }) => rule);

describe('the check of deadlines', () => {
  const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  /** As the check counts: what the loop was late for on a busy machine is not counted. */
  const afterAsCounted = async (ms: number, lag: LoopLag): Promise<void> => {
    const [began, before] = [performance.now(), lag.total];
    while (performance.now() - began - (lag.total - before) < ms) await after(10);
  };

  it('sees a promise that settles late, and answers what it does all the same', async () => {
    using lag = new LoopLag();
    const violations = new Violations('none');
    const deadlines = new Deadlines(violations, lag);
    assert.equal(await deadlines.due('late', 100, () => afterAsCounted(300, lag).then(() => 7)), 7);
    assert.deepEqual(rules(violations), ['deadline']);
    assert.match(violations.list[0]!.detail, /^late: took \d+ ms of 100 ms$/);
    await assert.rejects(
      deadlines.due('late', 10, () => afterAsCounted(200, lag).then(() => Promise.reject(new Error('no')))),
      /no/,
    );
    assert.equal(violations.total, 2);
  });

  it('sees a promise that never settles', async () => {
    using lag = new LoopLag();
    const violations = new Violations('none');
    const never = new Deadlines(violations, lag, 50).due('never', 10, () => new Promise<void>(() => undefined));
    await assert.rejects(never, /never settled/);
    assert.match(violations.list[0]!.detail, /^never: has not settled/);
  });

  it('lets pass what is in time, and what is late because the loop was', async () => {
    using lag = new LoopLag();
    const violations = new Violations('none');
    const deadlines = new Deadlines(violations, lag);
    await deadlines.due('in time', 100, () => after(20));
    const blocked = deadlines.due('blocked', 20, () => after(30));
    for (const end = performance.now() + 300; performance.now() < end;);
    await blocked;
    assert.deepEqual(violations.list, []);
  });
});

describe('the check of the limit', () => {
  const sessions = (count: number): string[] => Array.from({ length: count }, (_, n) => `${n} Sleep`);

  it('sees a server that counts too many for long, once', async () => {
    const violations = new Violations('none');
    let count = 9;
    const limit = new SessionLimit(() => Promise.resolve(sessions(count)), 8, violations);
    await until(() => violations.total > 0);
    const { looks } = limit;
    await until(() => limit.looks > looks + 3);
    assert.deepEqual(rules(violations), ['limit']);
    assert.ok(limit.most === 9 && limit.longest > ALLOWED);
    count = 8;
    await until(() => limit.looks > looks + 6);
    await limit.stop();
    assert.equal(violations.total, 1);
  });

  it('lets pass one that is above it for a moment, or while it cannot know, or does not answer', async () => {
    const violations = new Violations('none');
    const counts = [9, 9, 8];
    let asked = 0;
    const moment = new SessionLimit(() => Promise.resolve(sessions(counts[asked++ % 3]!)), 8, violations);
    const mute = new SessionLimit(() => Promise.reject(new Error('down')), 8, violations);
    const blind = new SessionLimit(() => Promise.resolve(sessions(20)), 8, violations);
    await blind.blind(() => until(() => moment.looks >= 20 && mute.looks >= 20));
    for (const limit of [moment, mute, blind]) await limit.stop();
    assert.deepEqual(violations.list, []);
    assert.equal(moment.most, 9);
  });
});

describe('the check of the heap', () => {
  it('sees it grow from the first quiet moment to the last', () => {
    const violations = new Violations('none');
    const memory = new Memory(violations);
    for (const megabytes of [20, 90, 20 + MAY_GROW]) memory.sample(megabytes);
    memory.judge();
    assert.deepEqual(violations.list, []);
    memory.sample(20.2 + MAY_GROW);
    memory.judge();
    assert.deepEqual(rules(violations), ['memory']);
  });

  it('measures what is really kept', () => {
    const memory = new Memory(new Violations('none'));
    memory.sample();
    const kept = Array.from({ length: 200_000 }, (_, n) => ({ n }));
    memory.sample();
    assert.ok(memory.last - memory.first > 2, `${memory.first} ${memory.last} ${kept.length}`);
  });
});

describe('the check of what nobody handles', () => {
  it('sees warnings that mean a mistake, until it is over', async () => {
    const violations = new Violations('none');
    {
      using _watch = watchUncaught(violations);
      process.emitWarning('planted', 'MaxListenersExceededWarning');
      process.emitWarning('advice', 'MysqlPoolWarning');
      await new Promise(setImmediate);
    }
    process.emitWarning('planted', 'PoolConnectorWarning');
    await new Promise(setImmediate);
    assert.deepEqual(
      violations.list.map(({ rule, detail }) => [rule, detail]),
      [['uncaught', 'MaxListenersExceededWarning: planted']],
    );
  });

  it('sees rejections and errors', () => {
    const violations = new Violations('none');
    const before = process.listeners('unhandledRejection');
    using _watch = watchUncaught(violations);
    const [rejected] = process.listeners('unhandledRejection').filter((listener) => !before.includes(listener));
    const thrown = process.listeners('uncaughtException').at(-1)!;
    rejected!(new Error('planted rejection'), Promise.resolve());
    thrown(new Error('planted error'), 'uncaughtException');
    assert.deepEqual(rules(violations), ['uncaught', 'uncaught']);
    assert.match(violations.list[0]!.detail, /^rejection: Error: planted rejection\n/);
  });
});

describe('the check of what is left open', () => {
  it('sees a socket and a listener that were not there before, until they are closed', async () => {
    const violations = new Violations('none');
    const leftOpen = new LeftOpen();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const [client, [accepted]] = await Promise.all([
      connectTo(server),
      once(server, 'connection') as Promise<[Socket]>,
    ]);
    await leftOpen.check(violations, 30);
    assert.deepEqual(violations.list.map(({ rule, detail }) => [rule, detail]), [
      ['close', 'the run left open: 2 TCPSocketWrap, 1 TCPServerWrap'],
    ]); // prettier-ignore
    client.destroy();
    accepted.destroy();
    server.close();
    await leftOpen.check(violations);
    assert.equal(violations.total, 1);
  });

  async function connectTo(server: Server): Promise<Socket> {
    const client = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    await once(client, 'connect');
    return client;
  }
});

describe('the report', () => {
  it('counts all violations, keeps the first of each rule, and says what went before', () => {
    const told: Violation[] = [];
    const violations = new Violations('mariadb', (violation) => told.push(violation));
    for (let fault = 1; fault <= 6; fault++) violations.fault(`fault ${fault}`);
    for (let n = 0; n < 25; n++) violations.report('ledger', `row ${n}`);
    violations.report('close', 'left');
    assert.equal(violations.total, 26);
    assert.equal(violations.list.length, 11);
    assert.deepEqual(told, violations.list);
    assert.match(
      violationLine(told[0]!),
      /^VIOLATION of "ledger" on mariadb at \d+ ms: row 0 \(after fault 3 at .*, fault 6 at \d+ ms\)$/,
    );
    const outcome = { ...OUTCOME, violations: violations.list, violated: violations.total };
    const report = reportOf([outcome, { ...OUTCOME, server: 'mysql' }], 1, 5);
    assert.deepEqual(Object.keys(report).slice(0, 5), ['minutes', 'servers', 'operations', 'faults', 'violations']);
    assert.deepEqual([report.operations, report.faults, report.violated, report.seed], [200, 6, 26, 5]);
    assert.equal(report.violations.length, 11);
  });
});

const OUTCOME: Outcome = {
  server: 'mariadb',
  version: '10',
  seconds: 30,
  operations: 100,
  faults: { cut: 2, freeze: 1 },
  work: {},
  errors: {},
  transfers: 0,
  unknownCommits: 0,
  sessions: 8,
  aboveLimit: 0,
  twoServers: { rounds: 1, stopped: 5, undisturbed: 50 },
  recovery: 0,
  late: 0,
  heap: [10, 11],
  violations: [],
  violated: 0,
};
