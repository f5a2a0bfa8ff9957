/** Plays programs from the command line. */
import { join } from 'node:path';
import type { ServerKind } from '#support/servers/index.js';
import { endProgress } from '#support/servers/index.js';
import { read, USAGE, UsageError, type Request } from './arguments.js';
import { generate } from './generate.js';
import { keptPrograms, textOf, type Program } from './program.js';
import { Gateway } from '#internal/gateway/gateway.js';
import { FAULTS, planted } from './planted.js';
import { straight, throughGateway, throughRelay, type OpenRoad, type RoadName } from './roads.js';
import { Scene } from './scene.js';
import { Trial } from './trial.js';

const ROAD_OF: Record<RoadName, OpenRoad> = {
  direct: straight,
  relay: throughRelay,
  gateway: throughGateway(Gateway),
};

const root = join(__dirname, '..', '..', '..', '..');

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const request = read(args);
  if (request.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  let failed = 0;
  if (request.planted) {
    for (const kind of request.servers) failed += await plantAll(kind, request);
    return failed > 0 ? 1 : 0;
  }
  for (const kind of request.servers) failed += await playAll(kind, request);
  return failed > 0 ? 1 : 0;
}

/** Plays all programs, the kept ones first. Resolves with how many failed. */
async function playAll(kind: ServerKind, { programs, seed, through, failures }: Request): Promise<number> {
  await using scene = await Scene.open(kind);
  endProgress();
  const trial = new Trial(scene, ROAD_OF[through]);
  say(`${kind} ${scene.server.version}, through ${through}, seeds ${seed} to ${seed + programs - 1}`);
  const began = performance.now();
  let failed = 0;
  let played = 0;
  let steps = 0;
  const attempt = async (name: string, program: Program): Promise<void> => {
    played++;
    steps += program.steps.length;
    const difference = await trial.differs(program);
    if (difference === undefined) return;
    failed++;
    say(`\n${name} fails at step ${difference.step} of ${program.steps.length}; making it shorter`);
    const { program: shortest, told } = await trial.shrink(program, difference);
    say(`${textOf(shortest, kind)}${told}`);
  };
  for (const kept of keptPrograms(kind)) if (failed < failures) await attempt(kept.file, kept);
  for (let index = 0; index < programs && failed < failures; index++) {
    await attempt(`seed ${seed + index}`, generate(seed + index, kind));
  }
  const minutes = (performance.now() - began) / 60_000;
  say(`${kind}: ${played} programs, ${steps} commands, ${failed} failed, ${Math.round(played / minutes)} a minute`);
  return failed;
}

/**
 * Plants each fault, and prints which program finds it (and passes without it). Resolves with how many were not found.
 */
async function plantAll(kind: ServerKind, { programs, seed }: Request): Promise<number> {
  await using scene = await Scene.open(kind);
  endProgress();
  const right = new Trial(scene, throughGateway(Gateway));
  let missed = 0;
  for (const fault of FAULTS) {
    const wrong = new Trial(scene, throughGateway(planted(fault, root)));
    let found: string | undefined;
    const attempt = async (name: string, program: Program): Promise<void> => {
      if (found !== undefined || (await wrong.differs(program)) === undefined) return;
      if ((await right.differs(program)) === undefined) found = name;
    };
    for (const kept of keptPrograms(kind)) await attempt(kept.file, kept);
    for (let index = 0; index < programs && found === undefined; index++)
      await attempt(`seed ${seed + index}, program ${index + 1}`, generate(seed + index, kind));
    if (found === undefined) missed++;
    say(`${kind}: ${fault.name}: ${found ?? 'not found'}`);
  }
  say(`${kind}: ${FAULTS.length - missed} of ${FAULTS.length} planted faults found`);
  return missed;
}

process.stdout.on('error', () => process.exit());
main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    process.stderr.write(`${error instanceof UsageError ? error.message : String(error.stack)}\n`);
    if (error instanceof UsageError)
      process.stderr.write('npm run test:gateway-programs -- --help shows the options\n');
    process.exitCode = 1;
  },
);
