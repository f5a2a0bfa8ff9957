// Replaces node:test for test files that run in this process: collects their tests for the runner.
import Module, { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import vm from 'node:vm';

const require = createRequire(import.meta.url);
const real = require('node:test');

// The suite of the test file that is being loaded.
let current;

function suiteOf(name) {
  return { name, tests: [], before: [], after: [], beforeEach: [], afterEach: [] };
}

/** Loads a compiled test file and returns its tests and suites. */
export function collect(file) {
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

// The modules of the library and its tests are evaluated again for each mutant, but not read and compiled again.
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

/** Makes all modules of the library and its tests be evaluated again when they are next loaded. */
export function forget() {
  for (const file of Object.keys(require.cache)) if (isOwn(file)) delete require.cache[file];
}

function load(file) {
  createRequire(file)(file);
}
