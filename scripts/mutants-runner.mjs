// A test runner for StrykerJS: the tests of node:test in its own process, where a fault is switched on between two runs.
// A process for each fault, as its other runners have, takes fifty times as long for tests as short as ours.
import Module, { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { mock } from 'node:test';
import vm from 'node:vm';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';

// So often is it looked whether a test waits for what cannot come any more; twice, and it has failed.
const IDLE_CHECK = 40;
const require = createRequire(import.meta.url);
const real = require('node:test');

class Runner {
  static inject = tokens(commonTokens.options, commonTokens.getLogger);
  #files;
  #log;
  #state = (globalThis.__stryker__ = {});

  constructor(options, getLogger) {
    this.#files = options.nodeTest.files;
    this.#log = getLogger('mutants-runner');
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const all = await this.#run(this.#files, undefined, false);
    const tests = all.map((test) => {
      if (test.status !== TestStatus.Failed) return test;
      // As it needs a process of its own, or time as it is.
      this.#log.info(`left out: ${test.name}: ${test.failureMessage.slice(0, 200)}`);
      return { ...test, status: TestStatus.Skipped };
    });
    return { status: DryRunStatus.Complete, tests, mutantCoverage: this.#state.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail }) {
    Object.assign(this.#state, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    process.env.__STRYKER_ACTIVE_MUTANT__ = activeMutant.id;
    try {
      const ids = testFilter && new Set(testFilter);
      const files = this.#files
        .filter((file) => !testFilter || testFilter.some((id) => id.startsWith(`${file}: `)))
        .toSorted((a, b) => nearness(b, activeMutant) - nearness(a, activeMutant));
      const tests = await this.#run(files, ids, !disableBail);
      return toMutantRunResult(
        determineHitLimitReached(this.#state.hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests },
      );
    } finally {
      delete process.env.__STRYKER_ACTIVE_MUTANT__;
      Object.assign(this.#state, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    }
  }

  async #run(files, ids, bail) {
    forget();
    const results = [];
    for (const file of files) {
      const suite = collect(file);
      if (suite.broken) results.push(failed(`${file}: loading`, suite.broken));
      else await this.#runSuite(suite, `${file}: `, { ids, bail, results, each: [] });
      if (bail && results.some(({ status }) => status === TestStatus.Failed)) break;
    }
    return results;
  }

  async #runSuite(suite, path, context) {
    const { ids, bail, results } = context;
    const wanted = (each, id) => (each.tests ? hasTest(each, id, ids) : !ids || ids.has(id));
    const chosen = named(suite, path).filter(([each, id]) => wanted(each, id));
    if (chosen.length === 0) return;
    const hooks = [...context.each, suite];
    const begun = await attempt(async () => {
      for (const before of suite.before) await before(contextOf('before', []));
    });
    for (const [each, id] of chosen) {
      if (bail && results.some(({ status }) => status === TestStatus.Failed)) break;
      if (each.tests) await this.#runSuite(each, `${id} > `, { ...context, each: hooks });
      else results.push(begun.error ? failed(id, begun.error) : await this.#runTest(each, id, hooks));
    }
    const ended = await attempt(async () => {
      for (const after of suite.after) await after(contextOf('after', []));
    });
    if (ended.error) results.push(failed(`${path}after`, ended.error));
  }

  async #runTest(test, id, hooks) {
    const afters = [];
    const tracker = new mock.constructor();
    const context = contextOf(test.name, afters, tracker);
    this.#state.currentTestId = id;
    const begun = performance.now();
    const { error } = await attempt(async () => {
      for (const { beforeEach } of hooks) for (const hook of beforeEach) await hook(context);
      try {
        await test.run(context);
      } finally {
        for (const after of afters) await after(context);
        for (const { afterEach } of hooks.toReversed()) for (const hook of afterEach) await hook(context);
      }
    });
    tracker.reset();
    this.#state.currentTestId = undefined;
    const timeSpentMs = performance.now() - begun;
    if (error) return { ...failed(id, error), timeSpentMs };
    return { id, name: id, timeSpentMs, status: TestStatus.Success };
  }
}

export const strykerValidationSchema = { properties: { nodeTest: { type: 'object' } } };
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'node-test', Runner)];

/** How much the name of a file of tests has in common with that of the file with the fault: those find it soonest. */
function nearness(file, { fileName }) {
  const [tests, code] = [basename(file, '.test.js'), basename(fileName, '.js')];
  if (tests === code) return 2;
  return tests.split('-')[0] === code.split('-')[0] ? 1 : 0;
}

function failed(id, error) {
  const failureMessage = String(error?.message ?? error);
  return { id, name: id, timeSpentMs: 0, status: TestStatus.Failed, failureMessage };
}

function hasTest(suite, path, ids) {
  return named(suite, `${path} > `).some(([each, id]) => (each.tests ? hasTest(each, id, ids) : !ids || ids.has(id)));
}

/** The tests and suites of a suite with a name of their own each. */
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

/** Runs it to its end, to an error that nobody caught, or to where nothing can happen any more. */
async function attempt(work) {
  const before = String(active());
  let idle = 0;
  let watch;
  const listeners = new Map();
  const trouble = new Promise((resolve) => {
    watch = setInterval(() => {
      idle = String(active()) === before ? idle + 1 : 0;
      if (idle > 2) resolve({ error: new Error('it waits for what cannot come') });
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
  // What was thrown at its very end is told on the next turn.
  const late = await Promise.race([trouble, new Promise((resolve) => setImmediate(resolve, {}))]);
  for (const [event, listener] of listeners) process.off(event, listener);
  return outcome.error ? outcome : late;
}

/** What keeps the process alive. */
function active() {
  return process.getActiveResourcesInfo().toSorted();
}

// The tests of the file that is being loaded.
let current;

function suiteOf(name) {
  return { name, tests: [], before: [], after: [], beforeEach: [], afterEach: [] };
}

function collect(file) {
  const suite = (current = suiteOf(file));
  try {
    load(join(process.cwd(), file));
  } catch (error) {
    suite.broken = error;
  }
  return suite;
}

function titled(args) {
  const run = args.find((each) => typeof each === 'function') ?? (() => undefined);
  return { name: typeof args[0] === 'string' ? args[0] : run.name, run };
}

function it(...args) {
  const { name, run } = titled(args);
  const hasCallback = run.length > 1;
  current.tests.push({
    name,
    run: hasCallback
      ? (context) => new Promise((resolve, reject) => run(context, (error) => (error ? reject(error) : resolve())))
      : async (context) => run(context),
  });
}

function describe(...args) {
  const { name, run } = titled(args);
  const outer = current;
  const suite = (current = suiteOf(name));
  outer.tests.push(suite);
  run({ name });
  current = outer;
}

const hook = (kind) => (run) => void current[kind].push(async (context) => run(context));

const standIn = Object.assign(it, {
  ...real,
  test: it,
  it,
  describe,
  suite: describe,
  before: hook('before'),
  after: hook('after'),
  beforeEach: hook('beforeEach'),
  afterEach: hook('afterEach'),
});

const loadByNode = Module._load;
Module._load = function (request, ...rest) {
  return request === 'node:test' ? standIn : loadByNode.call(this, request, ...rest);
};

// The code of the library and its tests is run anew for each fault, without being read and compiled again.
const scripts = new Map();
const compileByNode = Module.prototype._compile;
Module.prototype._compile = function (content, filename) {
  if (!isOwn(filename)) return compileByNode.call(this, content, filename);
  let script = scripts.get(filename);
  if (script === undefined) {
    script = new vm.Script(Module.wrap(content), {
      filename,
      importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    scripts.set(filename, script);
  }
  const wrapped = script.runInThisContext();
  const requireHere = createRequire(filename);
  return wrapped.call(this.exports, this.exports, requireHere, this, filename, dirname(filename));
};

function isOwn(filename) {
  return filename.startsWith(process.cwd() + sep) && !filename.includes(`${sep}node_modules${sep}`);
}

function forget() {
  for (const file of Object.keys(require.cache)) if (isOwn(file)) delete require.cache[file];
}

function load(file) {
  createRequire(file)(file);
}
