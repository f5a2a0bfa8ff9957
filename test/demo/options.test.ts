import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { DemoRun, compileDemo } from './run-demo.js';
import type { DemoEnd } from './run-demo.js';

async function demo(...args: string[]): Promise<DemoEnd> {
  const run = new DemoRun(args);
  try {
    return await run.end;
  } finally {
    run.remove();
  }
}

const REFUSED: readonly [args: string[], message: RegExp][] = [
  [['--client', '5'], /^unknown option "--client" \(did you mean "--clients"\?\); see --help\n$/],
  [['--sever=mysql'], /^unknown option "--sever" \(did you mean "--server"\?\); see --help\n$/],
  [['--frobnicate'], /^unknown option "--frobnicate"; see --help\n$/],
  [['50'], /^unexpected "50": options begin with --, see --help\n$/],
  [['--clients'], /^option "--clients" needs a value; see --help\n$/],
  [['--clients', '--json'], /^option "--clients" needs a value; see --help\n$/],
  [['--clients', 'many'], /^option "--clients": expected a whole number from 1 to 1000, got "many"\n$/],
  [['--clients', '1001'], /^option "--clients": expected a whole number from 1 to 1000, got "1001"\n$/],
  [['--seconds=0'], /^option "--seconds": expected a whole number from 1 to 600, got "0"\n$/],
  [['--seconds=1.5'], /^option "--seconds": expected a whole number from 1 to 600, got "1\.5"\n$/],
  [['--seconds='], /^option "--seconds": expected a whole number from 1 to 600, got ""\n$/],
  [['--limit=-1'], /^option "--limit": expected a whole number from 1 to 500, got "-1"\n$/],
  [['--acts=2,6'], /^option "--acts": expected numbers from 1 to 5 with commas, such as 2,4, got "2,6"\n$/],
  [['--acts='], /^option "--acts": expected numbers from 1 to 5 with commas, such as 2,4, got ""\n$/],
  [['--limit=3', '--limit=4'], /^option "--limit" is given twice\n$/],
  [
    ['--server', 'mariadbd'],
    /^option "--server": expected mariadb or mysql, got "mariadbd" \(did you mean "mariadb"\?\)\n$/,
  ],
  [['--json=yes'], /^option "--json" takes no value, got "yes"\n$/],
];

describe('options of the demo', () => {
  before(compileDemo);

  for (const flag of ['--help', '-h']) {
    it(`${flag} tells every option and starts nothing`, async () => {
      const { status, stdout, stderr } = await demo(flag);
      assert.equal(status, 0);
      assert.equal(stderr, '');
      for (const option of ['clients', 'seconds', 'limit', 'acts', 'server', 'json', 'help']) {
        assert.match(stdout, new RegExp(`^  --${option}\\b`, 'm'));
      }
      assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    });
  }

  for (const [args, message] of REFUSED) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { status, stdout, stderr } = await demo(...args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    });
  }
});
