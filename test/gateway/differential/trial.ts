/** Plays a program directly and through the gateway (or another road), and compares the answers. */
import { describe, firstDifference, type Difference } from './describe.js';
import { play } from './play.js';
import type { Program } from './program.js';
import type { OpenRoad } from './roads.js';
import type { Scene } from './scene.js';
import { shrunk } from './shrink.js';

export class Trial {
  readonly #scene: Scene;
  readonly #open: OpenRoad;

  constructor(scene: Scene, open: OpenRoad) {
    this.#scene = scene;
    this.#open = open;
  }

  /** The first answer that differs; undefined if all are the same. */
  async differs(program: Program): Promise<Difference | undefined> {
    await this.#scene.prepare(program.clients.length);
    const direct = await play(program, this.#scene.address);
    await this.#scene.prepare(program.clients.length);
    await using road = await this.#open(this.#scene.address, program.clients.length);
    return firstDifference(direct, await play(program, road.address));
  }

  /** Shortens a program that fails at the same command. Resolves with the shortest one found and its difference. */
  async shrink(program: Program, difference: Difference): Promise<{ program: Program; told: string }> {
    const asked = JSON.stringify(program.steps[difference.step]!.send);
    const upTo = { ...program, steps: program.steps.slice(0, difference.step + 1) };
    let told = describe(program, difference);
    const fails = async (candidate: Program): Promise<boolean> => {
      const found = await this.differs(candidate);
      if (found === undefined || JSON.stringify(candidate.steps[found.step]!.send) !== asked) return false;
      told = describe(candidate, found);
      return true;
    };
    const start = (await fails(upTo)) ? upTo : program;
    // Fewer attempts if the answer is missing, since each attempt then waits for the time-out.
    return { program: await shrunk(start, fails, typeof difference.through === 'string' ? 30 : 150), told };
  }
}
