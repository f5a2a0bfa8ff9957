/** Whether a compiled file contains tests: `*.test.js`, or `*.proof.js` for those that take long. */
export const isTestFile = (name: string): boolean => /\.(?:test|proof)\.js$/.test(name);

/**
 * The test file that this process runs. Undefined in the process of the test runner, which has no NODE_TEST_CONTEXT, and
 * in processes that a test forks, which have one.
 */
export function ownTestFile(): string | undefined {
  const file = process.argv[1] ?? '';
  return process.env['NODE_TEST_CONTEXT'] !== undefined && isTestFile(file) ? file : undefined;
}
