/**
 * Preloaded into the process of every test file: if the file takes longer than MYSQLPOOL_TEST_HUNG_AFTER (ms), it names
 * the tests that have not ended, and ends the process.
 */
import { afterEach, beforeEach, type TestContext } from 'node:test';

const { MYSQLPOOL_TEST_HUNG_AFTER: limit, NODE_TEST_CONTEXT: context } = process.env;
// The test runner's own process preloads this too, but has no NODE_TEST_CONTEXT. Processes that a test forks have one.
if (limit !== undefined && context !== undefined && /\.(?:test|proof)\.js$/.test(process.argv[1] ?? '')) {
  const running = new Set<string>();
  const nameOf = (test: unknown): string => (test as TestContext).fullName ?? (test as TestContext).name;
  beforeEach((test) => void running.add(nameOf(test)));
  afterEach((test) => void running.delete(nameOf(test)));
  const tell = (): void => {
    process.stderr.write(`not ended after ${Number(limit) / 1000} s: ${[...running].join('; ') || 'no test'}\n`);
    process.exit(1);
  };
  setTimeout(tell, Number(limit)).unref();
}
