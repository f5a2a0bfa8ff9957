// A test runner for StrykerJS: runs node:test tests in its own process and switches mutants between runs. A process for
// each mutant, as in its other runners, takes fifty times as long for tests as short as ours.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { mock } from 'node:test';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import { keyOf, oneBased } from './mutants-journal.mjs';
import { collect, forget } from './mutants-node-test.mjs';

// The interval (ms) of the check for tests that can never end: a test has failed when nothing has kept the process
// alive in so many checks. They must allow for the time of a server's answer, since the sockets of a pool do not count.
const IDLE_CHECK = 40;
const IDLE_CHECKS = 25;
// Time limit (ms) for a test whose time without a mutant is not known yet.
const LONGEST = 300_000;
// How many tests of a file run before those of another file have their turn.
const IN_TURN = 5;
// Files in the copy of the project in which tests run: each test's time, and the mutants whose code it runs itself.
const COSTS = 'costs.json';
const OWN = 'own.json';
// The cache of servers, for tests that start their own.
const SERVERS = join(import.meta.dirname, '../.servers');

class Runner {
  static inject = tokens(commonTokens.options, commonTokens.getLogger);
  #files;
  #known;
  #only;
  #within;
  #log;
  #state = (globalThis.__stryker__ = {});
  /** The tests of each file, loaded with the active mutant. */
  #suites = new Map();
  /** The time of each test in ms, including the hooks of its suites. */
  #costs;
  #own;
  /** For each source file: how many mutants each test has found, since it is likely to find the next one too. */
  #finds = new Map();

  constructor({ nodeTest: { files, known, only, within } }, getLogger) {
    this.#files = files;
    this.#known = known;
    // JSON cannot represent Infinity.
    this.#within = within ?? Infinity;
    this.#only = only;
    this.#log = getLogger('mutants-runner');
    // Otherwise the process would continue with its mutant after Stryker was stopped.
    process.once('disconnect', () => process.exit());
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  /** Records the time of each test and which code it runs, including the loading of its file and the hooks. */
  async dryRun() {
    symlinkSync(SERVERS, '.servers');
    const before = existsSync(this.#known) ? JSON.parse(readFileSync(this.#known, 'utf8')) : {};
    const stampOf = stamps();
    const now = {};
    for (const file of this.#files) {
      const stamp = stampOf(file);
      now[file] = before[file]?.stamp === stamp ? before[file] : { stamp, ...(await this.#tryFile(file)) };
      // Written after each file, so that a run that is stopped keeps its results.
      writeFileSync(this.#known, JSON.stringify({ ...before, ...now }));
    }
    const tests = Object.values(now).flatMap((each) => each.tests);
    writeFileSync(COSTS, JSON.stringify(Object.fromEntries(tests.map(({ id, cost }) => [id, cost]))));
    writeFileSync(OWN, JSON.stringify(Object.assign({}, ...Object.values(now).map((each) => each.own))));
    const perTest = Object.assign({}, ...Object.values(now).map((each) => each.perTest));
    return { status: DryRunStatus.Complete, tests, mutantCoverage: { static: {}, perTest } };
  }

  /** The tests of a file that pass without a mutant, and the code that each of them runs. */
  async #tryFile(file) {
    const { perTest } = (this.#state.mutantCoverage = { static: {}, perTest: {} });
    const endOfChildren = noteCoverageOfChildren();
    this.#reload();
    const results = await this.#runFile(file, undefined, { endOfTest: (id) => endOfChildren(perTest, id) });
    delete process.env.NODE_OPTIONS;
    for (const each of results.filter(({ status }) => status === TestStatus.Failed)) {
      // Some tests need their own process or real time.
      this.#log.info(`left out: ${each.name}: ${each.failureMessage.slice(0, 200)}`);
    }
    const tests = results.filter(({ status }) => status === TestStatus.Success);
    const own = Object.fromEntries(tests.map(({ id }) => [id, Object.keys(perTest[id] ?? {})]));
    return { tests, own, perTest: shareCoverage(perTest, tests) };
  }

  async mutantRun({ activeMutant, sandboxFileName, testFilter, hitLimit }) {
    const path = relative(process.cwd(), sandboxFileName);
    if (!this.#isWanted(path, activeMutant)) return { status: MutantRunStatus.Survived, nrOfTests: 0 };
    this.#costs ??= JSON.parse(readFileSync(COSTS, 'utf8'));
    this.#own ??= Object.entries(JSON.parse(readFileSync(OWN, 'utf8'))).map(([id, hits]) => [id, new Set(hits)]);
    const finds = this.#findsIn(path);
    const run = testFilter.filter((id) => Object.hasOwn(this.#costs, id));
    // For code that runs when its file is loaded, only the tests that run other code of the file are tried.
    const isLoading = !this.#own.some(([, hits]) => hits.has(activeMutant.id));
    const left = isLoading && finds.size > 0 ? run.filter((id) => finds.has(id)) : run;
    const nrOfTests = left.length;
    const deadline = performance.now() + this.#within;
    try {
      this.#switchOn(activeMutant, hitLimit);
      for (const { file, ids } of inOrder(left, this.#costs, finds)) {
        if (performance.now() > deadline) break;
        const bad = await this.#firstFailed(file, ids, deadline);
        if (bad === undefined) continue;
        const isTooOften = this.#state.hitCount > hitLimit;
        const id = ids.includes(bad.id) ? bad.id : ids[0];
        const again = ids.includes(bad.id) ? [id] : ids;
        if (!isTooOften && !(await this.#isDueToFault(file, again, activeMutant, hitLimit))) continue;
        finds.set(id, (finds.get(id) ?? 0) + 1);
        if (isTooOften || bad.isLate)
          return { status: MutantRunStatus.Timeout, reason: `${id}: ${bad.failureMessage}` };
        return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage: bad.failureMessage, nrOfTests };
      }
      return { status: MutantRunStatus.Survived, nrOfTests };
    } finally {
      this.#switchOff();
    }
  }

  /** Whether to try a mutant: of files that were measured before, only those in `only` are tried again. */
  #isWanted(path, { location, ...mutant }) {
    const only = this.#only[path];
    return only === undefined || only.includes(keyOf({ ...mutant, location: oneBased(location) }));
  }

  #switchOn({ id }, hitLimit) {
    Object.assign(this.#state, { activeMutant: id, hitCount: 0, hitLimit });
    // For child processes of tests.
    process.env.__STRYKER_ACTIVE_MUTANT__ = id;
    this.#reload();
  }

  #switchOff() {
    delete process.env.__STRYKER_ACTIVE_MUTANT__;
    Object.assign(this.#state, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    this.#reload();
  }

  #reload() {
    forget();
    this.#suites.clear();
  }

  /** The tests that run code of a source file, with how many of its mutants each has found. */
  #findsIn(path) {
    let finds = this.#finds.get(path);
    if (finds === undefined) {
      const code = readFileSync(path, 'utf8');
      const inside = [...code.matchAll(/\bstryMutAct_\w+\("(\d+)"\)/g)].map(([, id]) => id);
      const runs = this.#own.filter(([, hits]) => inside.some((id) => hits.has(id)));
      finds = new Map(runs.map(([id]) => [id, 0]));
      this.#finds.set(path, finds);
    }
    return finds;
  }

  /** Whether the tests pass without the mutant and fail again with it: on a busy machine, a test may fail by chance. */
  async #isDueToFault(file, ids, mutant, hitLimit) {
    this.#switchOff();
    const without = await this.#firstFailed(file, ids);
    this.#switchOn(mutant, hitLimit);
    if (without === undefined && (await this.#firstFailed(file, ids)) !== undefined) return true;
    this.#log.info(`fails ${without ? 'without a fault as well' : 'now and then'}: ${ids.join(', ')}`);
    return false;
  }

  async #firstFailed(file, ids, deadline = Infinity) {
    const results = await this.#runFile(file, new Set(ids), { bail: true, deadline });
    const bad = results.find(({ status }) => status === TestStatus.Failed);
    if (bad !== undefined) destroySockets();
    return bad;
  }

  /** Runs all tests of a file, or those with these ids. */
  async #runFile(file, ids, { bail = false, deadline = Infinity, endOfTest = () => undefined }) {
    const path = `${file}: `;
    let suite = this.#suites.get(file);
    if (suite === undefined) {
      this.#state.currentTestId = shared(path);
      suite = collect(file);
      this.#suites.set(file, suite);
    }
    const results = [];
    if (suite.broken) results.push(failed(`${path}loading`, suite.broken));
    else await this.#runSuite(suite, path, { ids, bail, deadline, results, endOfTest, each: [] });
    return results;
  }

  async #runSuite(suite, path, context) {
    const { ids, bail, deadline, results } = context;
    const wanted = (each, id) => (each.tests ? hasTest(each, id, ids) : !ids || ids.has(id));
    const chosen = named(suite, path).filter(([each, id]) => wanted(each, id));
    if (chosen.length === 0) return;
    const first = results.length;
    const hooks = [...context.each, suite];
    const limit = this.#limitOf(ids);
    const hook = async (kind) => {
      this.#state.currentTestId = shared(path);
      const started = performance.now();
      const { error } = await attempt(async () => {
        for (const run of suite[kind]) await run(contextOf(kind, []));
      }, limit);
      return { error, took: performance.now() - started };
    };
    const begun = await hook('before');
    for (const [each, id] of chosen) {
      if (performance.now() > deadline) break;
      if (bail && results.some(({ status }) => status === TestStatus.Failed)) break;
      if (each.tests) await this.#runSuite(each, `${id} > `, { ...context, each: hooks });
      else results.push(begun.error ? failed(id, begun.error) : await this.#runTest(each, id, hooks));
      if (!each.tests) context.endOfTest(id);
    }
    const ended = await hook('after');
    for (const each of results.slice(first)) each.cost += begun.took + ended.took;
    if (ended.error) results.push(failed(`${path}after`, ended.error));
  }

  /** The time limit (ms) for each of these tests, including hooks. */
  #limitOf(ids) {
    return this.#costs === undefined ? LONGEST : 2_000 + 3 * Math.max(...[...ids].map((id) => this.#costs[id] ?? 0));
  }

  async #runTest(test, id, hooks) {
    const afters = [];
    const tracker = new mock.constructor();
    const context = contextOf(test.name, afters, tracker);
    this.#state.currentTestId = id;
    const begun = performance.now();
    const limit = this.#limitOf([id]);
    const body = await attempt(async () => {
      for (const { beforeEach } of hooks) for (const hook of beforeEach) await hook(context);
      await test.run(context);
    }, limit);
    const end = await attempt(async () => {
      for (const after of afters) await after(context);
      for (const { afterEach } of hooks.toReversed()) for (const hook of afterEach) await hook(context);
    }, limit);
    tracker.reset();
    const timeSpentMs = performance.now() - begun;
    const { error, isLate } = body.error ? body : end;
    if (error) return { ...failed(id, error), isLate, timeSpentMs, cost: timeSpentMs };
    return { id, name: id, timeSpentMs, cost: timeSpentMs, status: TestStatus.Success };
  }
}

export const strykerValidationSchema = { properties: { nodeTest: { type: 'object' } } };
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'node-test', Runner)];

/** The id for code that runs in hooks of a suite or when its file is loaded, and so counts for all of its tests. */
function shared(path) {
  return `${path}\0`;
}

function shareCoverage(perTest, tests) {
  const ofSuites = Object.keys(perTest).filter((key) => key.endsWith('\0'));
  return Object.fromEntries(
    tests.map(({ id }) => {
      const hits = { ...perTest[id] };
      for (const key of ofSuites) if (id.startsWith(key.slice(0, -1))) addHits(hits, perTest[key]);
      return [id, hits];
    }),
  );
}

/** A function that hashes all that determines which code a test file runs: the library, the file, and its imports. */
function stamps() {
  const all = ['dist', '.build/test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const shared = createHash('sha256');
  for (const file of all.toSorted()) {
    if (file.endsWith('.js') && !file.endsWith('.test.js')) shared.update(file).update(readFileSync(file));
  }
  const common = shared.digest('hex');
  return (file) => createHash('sha256').update(common).update(readFileSync(file)).digest('hex');
}

function addHits(sum, hits) {
  for (const [mutant, count] of Object.entries(hits)) sum[mutant] = (sum[mutant] ?? 0) + count;
}

/** Collects the coverage of child processes, which counts as coverage of the test that starts them. */
function noteCoverageOfChildren() {
  const folder = mkdtempSync(join(process.cwd(), 'children-'));
  const note = `process.on('exit', () => {
    const { static: loaded, perTest } = globalThis.__stryker__?.mutantCoverage ?? {};
    const { writeFileSync } = process.getBuiltinModule('node:fs');
    if (loaded) writeFileSync(${JSON.stringify(folder)} + '/' + process.pid, JSON.stringify([loaded, ...Object.values(perTest)]));
  });`;
  process.env.NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(note)}`;
  return (perTest, id) => {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      for (const hits of JSON.parse(readFileSync(file, 'utf8'))) addHits((perTest[id] ??= {}), hits);
      rmSync(file);
    }
  };
}

/**
 * The tests that have found the most mutants in this file come first, then the cheapest ones. Tests that take about as
 * long alternate between test files: what one test of a file does not find, the next one is unlikely to find either.
 */
function inOrder(ids, costs, finds) {
  const seen = new Map();
  const groups = new Map();
  for (const id of ids) {
    const file = id.slice(0, id.indexOf(': '));
    const found = finds.get(id) ?? -1;
    const cost = Math.max(2, Math.ceil(Math.log(costs[id]) / Math.log(4)));
    const kind = `${found} ${cost} ${file}`;
    const nth = seen.get(kind) ?? 0;
    seen.set(kind, nth + 1);
    const turn = Math.floor(nth / IN_TURN);
    const key = `${kind} ${turn}`;
    if (!groups.has(key)) groups.set(key, { file, ids: [], found, cost, turn });
    groups.get(key).ids.push(id);
  }
  return [...groups.values()].toSorted((a, b) => b.found - a.found || a.cost - b.cost || a.turn - b.turn);
}

/** Destroys sockets that a failed test has left open, which would disturb the next test. */
function destroySockets() {
  for (const handle of process._getActiveHandles()) if (handle.remoteAddress !== undefined) handle.destroy();
}

function failed(id, error) {
  const failureMessage = String(error?.message ?? error);
  return { id, name: id, timeSpentMs: 0, cost: 0, status: TestStatus.Failed, failureMessage };
}

function hasTest(suite, path, ids) {
  return named(suite, `${path} > `).some(([each, id]) => (each.tests ? hasTest(each, id, ids) : !ids || ids.has(id)));
}

/** The tests and suites of a suite, each with a unique name. */
function named(suite, path) {
  const seen = new Map();
  return suite.tests.map((each) => {
    const nth = (seen.get(each.name) ?? 0) + 1;
    seen.set(each.name, nth);
    return [each, `${path}${each.name}${nth > 1 ? ` #${nth}` : ''}`];
  });
}

function contextOf(name, afters, tracker) {
  return {
    name,
    fullName: name,
    mock: tracker,
    signal: new AbortController().signal,
    after: (hook) => void afters.push(hook),
    diagnostic() {},
  };
}

/** Runs `work` until it ends, an error is uncaught, nothing keeps the process alive, or `limit` ms have passed. */
async function attempt(work, limit) {
  const before = String(active());
  const deadline = performance.now() + limit;
  let idle = 0;
  let watch;
  const listeners = new Map();
  const trouble = new Promise((resolve) => {
    watch = setInterval(() => {
      idle = String(active()) === before ? idle + 1 : 0;
      if (idle > IDLE_CHECKS) resolve({ error: new Error('it waits for what cannot come') });
      else if (performance.now() > deadline) resolve({ error: new Error(`more than ${limit} ms`), isLate: true });
    }, IDLE_CHECK);
    watch.unref();
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      const listener = (error) => resolve({ error: error ?? new Error(event) });
      process.on(event, listener);
      listeners.set(event, listener);
    }
  });
  const outcome = await Promise.race([
    work().then(
      () => ({}),
      (error) => ({ error: error ?? new Error('thrown') }),
    ),
    trouble,
  ]);
  clearInterval(watch);
  // An error thrown at the very end is reported in the next turn of the event loop.
  const late = await Promise.race([trouble, new Promise((resolve) => setImmediate(resolve, {}))]);
  for (const [event, listener] of listeners) process.off(event, listener);
  return outcome.error ? outcome : late;
}

/** The resources that keep the process alive. */
function active() {
  return process.getActiveResourcesInfo().toSorted();
}
