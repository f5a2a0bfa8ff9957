/** What every connector must do, whatever stands behind it. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { RESET_MODES, type Connector, type OpenContext, type OpenFailure } from 'node-mysqlpool/pool';

/** Where a connector leads: to a server that is well, or to one with which something is wrong. */
export type Destination = 'server' | 'silence' | OpenFailure;

/** A connector, and a server on which its connections can be counted. */
export interface ConnectorUnderTest<C> {
  readonly connector: Connector<C>;
  /** How many connections there are, finished or being opened, as the server counts them. */
  readonly count: () => number | Promise<number>;
}

export interface BegunStatement {
  /** Resolves when the server runs it. */
  readonly runs: () => Promise<void>;
  readonly end: () => Promise<void>;
}

/** What one implementation brings along for the suite. */
export interface ConnectorBench<C> {
  /** It has one way to clean, whatever the mode: whoever uses it offers no other. */
  readonly cleansOneWay: boolean;
  /** A connector that leads there. `full` takes one connection, and no second. */
  to(t: TestContext, where: Destination): Promise<ConnectorUnderTest<C>>;
  /** Begins a statement that runs until it is told to end. */
  begin(connection: C): BegunStatement;
  /** Leaves something in the session that the next borrower would see. */
  soil(connection: C): Promise<void>;
  isSoiled(connection: C): Promise<boolean>;
  /** The server ends the connection, and the client hears of it. */
  kill(connection: C): Promise<void>;
  /** A statement on the connection finds the server to be read-only. */
  demote(connection: C): Promise<void>;
  /** Waits until the condition holds, though not until a server finds out by itself that its client is gone. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
}

interface Told {
  readonly context: OpenContext;
  readonly controller: AbortController;
  readonly lost: unknown[];
  readonly unfit: unknown[];
}

let ids = 0;

function told(): Told {
  const controller = new AbortController();
  const lost: unknown[] = [];
  const unfit: unknown[] = [];
  const context: OpenContext = {
    id: ++ids,
    signal: controller.signal,
    lost: (cause) => lost.push(cause),
    unfit: (cause) => unfit.push(cause),
  };
  return { context, controller, lost, unfit };
}

/** Defines the suite: `bench` is asked for once a test. */
export function connectorConformance<C>(name: string, bench: () => Promise<ConnectorBench<C>>): void {
  const parts = { open: openingTests, 'the life of a connection': livingTests, 'clean and busy': cleaningTests };
  for (const [part, define] of Object.entries({ ...parts, 'close and destroy': endingTests })) {
    describe(`${name}: ${part}`, () => {
      holdProcess();
      define(bench);
    });
  }
}

/** A connector lets the process end: whoever waits for it holds it, which in a pool are its time limits. */
function holdProcess(): void {
  let hold: NodeJS.Timeout;
  before(() => void (hold = setInterval(() => undefined, 60_000)));
  after(() => clearInterval(hold));
}

function openingTests<C>(bench: () => Promise<ConnectorBench<C>>): void {
  it('gives a connection that is alive, clean and idle, and one more on the server', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const { context, lost, unfit } = told();
    const connection = await connector.open(context);
    await connector.ping(connection);
    assert.equal(await count(), 1);
    assert.equal(connector.busy?.(connection), false);
    assert.equal(await at.isSoiled(connection), false);
    assert.deepEqual([lost, unfit], [[], []]);
    connector.destroy(connection);
  });

  it('gives each caller a connection of its own, side by side', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const opened = await Promise.all([1, 2, 3].map(() => connector.open(told().context)));
    assert.equal(new Set(opened).size, 3);
    assert.equal(await count(), 3);
    for (const connection of opened) connector.destroy(connection);
    await at.until(async () => (await count()) === 0);
  });

  it('whose signal has aborted before rejects with its reason and leaves nothing', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const { context, controller } = told();
    const reason = new Error('not wanted');
    controller.abort(reason);
    await assert.rejects(connector.open(context), (error) => error === reason);
    await at.until(async () => (await count()) === 0);
  });

  it('whose signal aborts while nobody answers rejects with its reason and leaves nothing', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'silence');
    const { context, controller, lost } = told();
    const reason = new Error('not wanted any more');
    const opening = connector.open(context);
    const rejected = assert.rejects(opening, (error) => error === reason);
    await at.until(async () => (await count()) === 1);
    controller.abort(reason);
    await rejected;
    await at.until(async () => (await count()) === 0);
    assert.deepEqual(lost, [], 'what never was is not lost');
  });

  it('minds no abort once the connection is there', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const { context, controller, lost } = told();
    const connection = await connector.open(context);
    controller.abort(new Error('too late'));
    await connector.ping(connection);
    assert.deepEqual([await count(), lost], [1, []]);
    connector.destroy(connection);
  });

  for (const kind of ['fatal', 'full', 'transient'] as const) {
    it(`rejects with an error that it classifies: ${kind}`, async (t) => {
      const at = await bench();
      const { connector, count } = await at.to(t, kind);
      const first = kind === 'full' ? await connector.open(told().context) : undefined;
      const { context, lost } = told();
      const error = await connector.open(context).then(
        () => assert.fail('it was let in'),
        (failure: unknown) => failure,
      );
      assert.equal(connector.classify?.(error), kind);
      assert.deepEqual(lost, []);
      await at.until(async () => (await count()) === (first === undefined ? 0 : 1));
      if (first !== undefined) connector.destroy(first);
    });
  }

  it('takes whatever is no error of its own for transient', async (t) => {
    const { connector } = await (await bench()).to(t, 'server');
    for (const error of [new Error('?'), 'text', 7, null, undefined, {}, { parent: { cause: {} } }]) {
      assert.equal(connector.classify?.(error), 'transient');
    }
  });
}

function livingTests<C>(bench: () => Promise<ConnectorBench<C>>): void {
  it('tells of its loss once, whatever more happens to it, and answers no ping any more', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const { context, lost, unfit } = told();
    const connection = await connector.open(context);
    await at.kill(connection);
    await at.until(() => lost.length > 0);
    await assert.rejects(async () => connector.ping(connection));
    connector.destroy(connection);
    await at.until(async () => (await count()) === 0);
    assert.equal(lost.length, 1);
    assert.ok(lost[0] instanceof Error);
    assert.deepEqual(unfit, []);
  });

  it('tells of its loss while a statement runs, and is not busy for ever', async (t) => {
    const at = await bench();
    const { connector } = await at.to(t, 'server');
    const { context, lost } = told();
    const connection = await connector.open(context);
    at.begin(connection);
    await at.kill(connection);
    await at.until(() => lost.length > 0);
    connector.destroy(connection);
    await at.until(() => connector.busy?.(connection) === false);
    assert.equal(lost.length, 1);
  });

  it('tells of its own loss, and of nobody else’s', async (t) => {
    const at = await bench();
    const { connector } = await at.to(t, 'server');
    const [one, other] = [told(), told()];
    const [lost, kept] = [await connector.open(one.context), await connector.open(other.context)];
    await at.kill(lost);
    await at.until(() => one.lost.length > 0);
    await connector.ping(kept);
    assert.deepEqual(other.lost, []);
    connector.destroy(lost);
    connector.destroy(kept);
  });

  it('tells once that the whole server is unfit, and is still alive itself', async (t) => {
    const at = await bench();
    const { connector } = await at.to(t, 'server');
    const { context, lost, unfit } = told();
    const connection = await connector.open(context);
    await at.demote(connection);
    await at.demote(connection);
    assert.equal(unfit.length, 1);
    assert.ok(unfit[0] instanceof Error);
    assert.deepEqual(lost, []);
    await connector.ping(connection);
    connector.destroy(connection);
  });

  it('answers pings again and again', async (t) => {
    const { connector } = await (await bench()).to(t, 'server');
    const { context, lost } = told();
    const connection = await connector.open(context);
    for (let i = 0; i < 3; i++) await connector.ping(connection);
    assert.equal(connector.busy?.(connection), false);
    assert.deepEqual(lost, []);
    connector.destroy(connection);
  });
}

function cleaningTests<C>(bench: () => Promise<ConnectorBench<C>>): void {
  it('has nothing to do for a connection that nobody has used', async (t) => {
    const { connector } = await (await bench()).to(t, 'server');
    const connection = await connector.open(told().context);
    for (const mode of ['auto', 'rollback', 'commit', 'none'] as const) {
      assert.equal(connector.clean(connection, mode), undefined, mode);
    }
    connector.destroy(connection);
  });

  for (const mode of ['auto', 'session'] as const) {
    it(`makes a used connection as it was (${mode}), and has nothing to do the second time`, async (t) => {
      const at = await bench();
      const { connector } = await at.to(t, 'server');
      const connection = await connector.open(told().context);
      await at.soil(connection);
      assert.equal(await at.isSoiled(connection), true);
      await connector.clean(connection, mode);
      assert.equal(await at.isSoiled(connection), false);
      if (mode === 'auto') assert.equal(connector.clean(connection, mode), undefined);
      await connector.ping(connection);
      connector.destroy(connection);
    });
  }

  it('leaves it as it is with none', async (t) => {
    const at = await bench();
    const { connector } = await at.to(t, 'server');
    const connection = await connector.open(told().context);
    await at.soil(connection);
    const cleaning = connector.clean(connection, 'none');
    if (!at.cleansOneWay) assert.equal(cleaning, undefined);
    await cleaning;
    assert.equal(await at.isSoiled(connection), !at.cleansOneWay);
    connector.destroy(connection);
  });

  it('does not clean a connection on which a statement still runs: it rejects, whatever the mode', async (t) => {
    const at = await bench();
    const { connector } = await at.to(t, 'server');
    const connection = await connector.open(told().context);
    const statement = at.begin(connection);
    assert.equal(connector.busy?.(connection), true);
    for (const mode of RESET_MODES) await assert.rejects(async () => connector.clean(connection, mode), mode);
    await statement.end();
    assert.equal(connector.busy?.(connection), false);
    connector.destroy(connection);
  });

  it('does not clean what has died: it rejects', async (t) => {
    const at = await bench();
    const { connector } = await at.to(t, 'server');
    const { context, lost } = told();
    const connection = await connector.open(context);
    await at.soil(connection);
    await at.kill(connection);
    await at.until(() => lost.length > 0);
    await assert.rejects(async () => connector.clean(connection, 'auto'));
    connector.destroy(connection);
  });
}

function endingTests<C>(bench: () => Promise<ConnectorBench<C>>): void {
  it('says good-bye, and nothing is left on the server', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const connection = await connector.open(told().context);
    await connector.close(connection);
    connector.destroy(connection);
    await at.until(async () => (await count()) === 0);
  });

  it('settles when it says good-bye to one that has died', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const { context, lost } = told();
    const connection = await connector.open(context);
    await at.kill(connection);
    await at.until(() => lost.length > 0);
    await Promise.allSettled([connector.close(connection)]);
    connector.destroy(connection);
    await at.until(async () => (await count()) === 0);
  });

  it('drops it at once, whatever it is doing, and tells of a loss at most once', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const { context, lost } = told();
    const connection = await connector.open(context);
    const statement = at.begin(connection);
    connector.destroy(connection);
    await at.until(() => connector.busy?.(connection) === false);
    await assert.rejects(async () => connector.ping(connection));
    // A server may look for its client only when the statement is over.
    await statement.end();
    await at.until(async () => (await count()) === 0);
    assert.ok(lost.length <= 1);
  });
  it('lets one that had nothing to do make room at once', async (t) => {
    const { connector } = await (await bench()).to(t, 'server');
    const used = await connector.open(told().context);
    await connector.ping(used);
    connector.destroy(used);
    assert.equal(connector.lingers?.(used), undefined);
    const closed = await connector.open(told().context);
    await connector.close(closed);
    connector.destroy(closed);
    assert.equal(connector.lingers?.(closed), undefined);
  });

  it('tells when one that was running a statement makes room, and ends it on the server', async (t) => {
    const at = await bench();
    const { connector, count } = await at.to(t, 'server');
    const connection = await connector.open(told().context);
    await at.begin(connection).runs();
    connector.destroy(connection);
    let hasRoom = false;
    void Promise.resolve(connector.lingers?.(connection)).finally(() => (hasRoom = true));
    await at.until(() => hasRoom);
    await at.until(async () => (await count()) === 0);
  });
}
