/** Shortens a failing program as long as it still fails. */
import type { Program, Step } from './program.js';

/**
 * @param fails plays a program, and resolves with whether it fails in the same way
 * @param most the maximum number of programs to try
 */
export async function shrunk(
  program: Program,
  fails: (program: Program) => Promise<boolean>,
  most = 300,
): Promise<Program> {
  let best = program;
  let tried = 0;
  const isBetter = async (candidate: Program): Promise<boolean> => {
    if (tried >= most) return false;
    tried++;
    if (!(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = best.steps.length - size; from > -size && tried < most; from -= size) {
      const first = Math.max(0, from);
      const steps = best.steps.filter((_, index) => index < first || index >= from + size);
      if (steps.length > 0 && steps.length < best.steps.length) await isBetter({ ...best, steps });
    }
  }
  await isBetter(withoutIdle(best));
  for (const [index, plan] of best.clients.entries()) {
    for (const name of plan.without) {
      const without = best.clients[index]!.without.filter((other) => other !== name);
      await isBetter({ ...best, clients: best.clients.with(index, { ...best.clients[index]!, without }) });
    }
  }
  return best;
}

/** The program without clients that have no steps. */
function withoutIdle({ clients, steps }: Program): Program {
  const busy = clients.map((_, index) => index).filter((index) => steps.some(({ client }) => client === index));
  return {
    clients: busy.map((index) => clients[index]!),
    steps: steps.map((step): Step => ({ ...step, client: busy.indexOf(step.client) })),
  };
}
