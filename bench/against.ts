import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measure } from './bench.js';
import type { Plan } from './sampling.js';
import { OURS } from './subjects/index.js';
import { boundText, ofSubject, type Wanted } from './wanted.js';

const run = promisify(execFile);
const root = join(__dirname, '../..');
const MOST_OUTPUT = 100_000_000;

/** The least acceptable speed, relative to the other commit's: anything below it is more than measurement noise. */
const LEAST = 0.97;

/** A build of another commit of this repository, together with the present benchmarks. */
export interface Tree {
  /** The short commit hash, which is the subject's name in the results. */
  readonly name: string;
  /** The compiled benchmarks there: they import that commit's library, and the same packages as ours. */
  readonly benchFolder: string;
}

/**
 * Builds a commit below .build/, once, and copies the present benchmarks there, so that both states do the same work.
 * Packages are found in the repository's own node_modules.
 */
export async function treeOf(commit: string): Promise<Tree> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', args, { cwd: root, maxBuffer: MOST_OUTPUT })).stdout.trim();
  const whole = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`).catch(() => {
    throw new Error(`--against: git knows no commit "${commit}" here`);
  });
  const folder = join(root, '.build/against', whole.slice(0, 12));
  if (!existsSync(folder)) await build(whole, folder, git);
  rmSync(join(folder, '.build'), { recursive: true, force: true });
  cpSync(__dirname, join(folder, '.build/bench'), { recursive: true });
  cpSync(join(__dirname, '../test/support'), join(folder, '.build/test/support'), { recursive: true });
  return { name: whole.slice(0, 7), benchFolder: join(folder, '.build/bench') };
}

async function build(commit: string, folder: string, git: (...args: string[]) => Promise<string>): Promise<void> {
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    const archive = `${draft}.tar`;
    await git('archive', `--output=${archive}`, commit, 'src', 'package.json', 'tsconfig.base.json');
    await run('tar', ['-xf', archive, '-C', draft]);
    rmSync(archive);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '-b', 'src', '--singleThreaded'], { cwd: draft, maxBuffer: MOST_OUTPUT });
    // The folder is renamed last: if it exists, it is complete.
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** A plan that compares our pool with that of the other commit instead of with other pools. */
export function against(plan: Plan, tree: Tree): Plan {
  const { bench, cases } = plan;
  const wanted = cases.flatMap((caseName) => bench.measures.map((measure) => atLeast(caseName, measure, tree)));
  return {
    ...plan,
    bench: { ...bench, wanted },
    subjects: [OURS, tree.name],
    others: new Map([[tree.name, tree.benchFolder]]),
  };
}

function atLeast(caseName: string, { unit, better }: Measure, { name }: Tree): Wanted {
  const bound = better === 'more' ? { least: LEAST } : { most: Number((1 / LEAST).toFixed(3)) };
  // The text names the unit, since a case may have several.
  return { ...ofSubject(caseName, unit, name, bound), text: `${caseName}, ${unit}: ${boundText(bound)} x ${name}` };
}
