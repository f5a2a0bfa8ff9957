// A reporter for StrykerJS: records the result of each mutant as soon as it is known, so that the results of a run that
// is stopped are kept. It first records all mutants of the run as pending.
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';

class Journal {
  static inject = tokens(commonTokens.options);
  #file;

  constructor({ nodeTest: { journal } }) {
    this.#file = journal;
  }

  onMutationTestingPlanReady({ mutantPlans }) {
    for (const { mutant } of mutantPlans) {
      this.#note({ ...mutant, location: oneBased(mutant.location), status: 'Pending' });
    }
  }

  onMutantTested(mutant) {
    this.#note(mutant);
  }

  #note({ fileName, location, mutatorName, replacement, status, statusReason, killedBy }) {
    const path = relative(process.cwd(), fileName);
    const line = { path, location, mutatorName, replacement, status, statusReason, killedBy };
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'journal', Journal)];

/** A key that identifies a mutant within its file, independent of the other mutants. */
export function keyOf({ location: { start, end }, mutatorName, replacement }) {
  return JSON.stringify([start.line, start.column, end.line, end.column, mutatorName, replacement]);
}

/** Converts a location from lines and columns that start at 0, as in plans, to ones that start at 1, as in results. */
export function oneBased({ start, end }) {
  const next = ({ line, column }) => ({ line: line + 1, column: column + 1 });
  return { start: next(start), end: next(end) };
}
