// A reporter for StrykerJS: writes down what came of each fault as soon as it is known, so that a run that is stopped has
// measured something. First come all faults that are to be tried, as pending.
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

/** The same for the same fault of a file, whichever others are planted. */
export function keyOf({ location: { start, end }, mutatorName, replacement }) {
  return JSON.stringify([start.line, start.column, end.line, end.column, mutatorName, replacement]);
}

/** Lines and columns from one, as results have them; plans count from nought. */
export function oneBased({ start, end }) {
  const next = ({ line, column }) => ({ line: line + 1, column: column + 1 });
  return { start: next(start), end: next(end) };
}
