/**
 * Preloaded into the process of every test file: if the file takes longer than MYSQLPOOL_TEST_HUNG_AFTER (ms), it names
 * the tests that have not ended, and ends the process.
 */
import { afterEach, beforeEach, type TestContext } from 'node:test';
import { ownTestFile } from './test-file.js';

const { MYSQLPOOL_TEST_HUNG_AFTER: limit } = process.env;
// The process of the test runner preloads this too.
if (limit !== undefined && ownTestFile() !== undefined) {
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
