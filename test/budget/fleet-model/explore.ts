/** A design as states and steps: small enough that every state it can ever be in is looked at. */
export interface Design<S> {
  readonly start: S;
  /** Every step that can be taken from a state, and what comes of it. States are never changed in place. */
  steps(state: S): Iterable<readonly [step: string, next: S]>;
  /** What must never be; undefined when the state is sound. */
  violation(state: S): string | undefined;
}

export interface Verdict {
  /** How many states were looked at. */
  readonly states: number;
  /** The fewest steps that lead to a violation, and the violation; undefined when none can be reached. */
  readonly counterexample: readonly string[] | undefined;
}

interface Reached<S> {
  readonly state: S;
  readonly step: string;
  readonly from: Reached<S> | undefined;
}

/** Looks at every state that can be reached, nearest first, until one is unsound. */
export function explore<S>(design: Design<S>): Verdict {
  let front: Reached<S>[] = [{ state: design.start, step: 'start', from: undefined }];
  const seen = new Set([JSON.stringify(design.start)]);
  while (front.length > 0) {
    const next: Reached<S>[] = [];
    for (const reached of front) {
      const violation = design.violation(reached.state);
      if (violation !== undefined) return { states: seen.size, counterexample: [...wayTo(reached), violation] };
      for (const [step, state] of design.steps(reached.state)) {
        const key = JSON.stringify(state);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ state, step, from: reached });
      }
    }
    front = next;
  }
  return { states: seen.size, counterexample: undefined };
}

function wayTo<S>(end: Reached<S>): string[] {
  const steps: string[] = [];
  for (let at = end; at.from !== undefined; at = at.from) steps.unshift(at.step);
  return steps;
}
