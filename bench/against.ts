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

/** How much of the other commit's speed is asked for: less than this is more than a machine's own unrest. */
const LEAST = 0.97;

/** Another state of this repository, built, with these benchmarks beside it. */
export interface Tree {
  /** Its commit, short: the name of its rows. */
  readonly name: string;
  /** Where its compiled benchmarks are: what they import is that state's library, and the same packages. */
  readonly benchFolder: string;
}

/**
 * Builds a commit below .build/, once, and copies the benchmarks beside it as they are now, so that both states do the
 * same work. Packages are found in the repository's own folder.
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
    // Whole or not at all: one that is there is finished.
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The plan for ours and for the other commit's in turns, instead of for other pools. */
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
  // A case may have several units.
  return { ...ofSubject(caseName, unit, name, bound), text: `${caseName}, ${unit}: ${boundText(bound)} x ${name}` };
}
