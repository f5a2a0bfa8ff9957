import type { SessionState } from './state.js';

/**
 * `auto`: the least that makes the session as it was. `rollback`, `commit`: only the transaction is ended. `session`: a
 * full reset each time. `none`: nothing.
 */
export type CleaningMode = 'auto' | 'rollback' | 'commit' | 'session' | 'none';

/**
 * What a cleaning does: nothing, ROLLBACK, COMMIT, statements that restore variables or the default database or drop
 * temporary tables, or a full reset.
 */
export type Cleaning = 'none' | 'rollback' | 'commit' | 'variables' | 'reset';

/** One step of a cleaning plan. All but `init` and `destroy` may be sent in one write, without awaiting answers. */
export type Step =
  | { readonly do: 'end'; readonly sql: 'ROLLBACK' | 'COMMIT' }
  | { readonly do: 'set'; readonly sql: string }
  /** Lowers the variables that exceed their bounds; the rest stays as the borrower has left it. */
  | { readonly do: 'bound'; readonly sql: string }
  | { readonly do: 'drop'; readonly sql: string }
  | { readonly do: 'use'; readonly schema: string }
  /**
   * COM_RESET_CONNECTION. It turns the trackers off. It keeps the default database but loses that database's character
   * set, in which LOAD DATA reads files; MySQL loses the character set of the connection as well.
   */
  | { readonly do: 'reset' }
  /** Asks the session, just reset, for the values of its variables. */
  | { readonly do: 'learn'; readonly sql: string }
  /** Asks the server who the session acts as now. */
  | { readonly do: 'identify' }
  /** Repeats what the application, or an ORM, does to every new session. */
  | { readonly do: 'init' }
  /** The session cannot be made clean. */
  | { readonly do: 'destroy'; readonly reason: string };

export interface Plan {
  readonly kind: Cleaning;
  readonly steps: readonly Step[];
}

const ROLLBACK: Step = { do: 'end', sql: 'ROLLBACK' };
const COMMIT: Step = { do: 'end', sql: 'COMMIT' };
const ONLY_ROLLBACK: Plan = { kind: 'rollback', steps: [ROLLBACK] };
const ONLY_COMMIT: Plan = { kind: 'commit', steps: [COMMIT] };

const destroy = (reason: string): Plan => ({ kind: 'none', steps: [{ do: 'destroy', reason }] });

/**
 * How to make a session fit for the next borrower, with the least that will do. Undefined when nothing has to be done.
 * @param hasInit whether the application does something to every new session, which has to be repeated after a reset
 */
export function cleaningPlan(state: SessionState, mode: CleaningMode, hasInit: boolean): Plan | undefined {
  if (state.isForeign) return destroy('its user or its role was changed');
  switch (mode) {
    case 'auto':
      return state.isClean ? undefined : restoring(state, hasInit);
    case 'rollback':
    case 'commit':
      if (!state.mayHaveTransaction) return bounding(state);
      if (state.hasUnfinishedXa) return destroy(UNFINISHED_XA);
      return bounding(state, mode === 'commit' ? ONLY_COMMIT : ONLY_ROLLBACK);
    case 'session':
      return resetting(state, hasInit);
    case 'none':
      return bounding(state);
  }
}

const HAS_SCHEMA = 'it has a default database now, and had none';
const UNFINISHED_XA = 'a distributed transaction (XA) was left unfinished';

/** The plan where nothing is restored but the bounds of variables. */
function bounding({ changed, variables }: SessionState, plan?: Plan): Plan | undefined {
  const sql = variables.hasBounded(changed) ? variables.bound() : undefined;
  if (sql === undefined) return plan;
  return { kind: plan?.kind ?? 'none', steps: [...(plan?.steps ?? []), { do: 'bound', sql }] };
}

function restoring(state: SessionState, hasInit: boolean): Plan {
  const { changed, variables, temporary } = state;
  const sql = variables.restore(changed);
  if (state.isDirty || state.isUnseen || sql === undefined) return resetting(state, hasInit);
  if (cannotUseFirst(state)) return destroy(HAS_SCHEMA);
  const steps: Step[] = [];
  // Before the SET, since turning autocommit on would commit.
  if (state.mayHaveTransaction) steps.push(ROLLBACK);
  if (sql === '' && !state.hasOtherSchema && temporary.size === 0) return ONLY_ROLLBACK;
  if (sql !== '') steps.push({ do: 'set', sql });
  if (temporary.size > 0)
    steps.push({ do: 'drop', sql: `DROP TEMPORARY TABLE IF EXISTS ${[...temporary].join(', ')}` });
  if (state.hasOtherSchema) steps.push({ do: 'use', schema: state.firstSchema });
  return { kind: 'variables', steps };
}

function resetting(state: SessionState, hasInit: boolean): Plan {
  if (state.isUnseen || !state.isTracked) return destroy('the server does not tell what has changed');
  if (cannotUseFirst(state)) return destroy(HAS_SCHEMA);
  if (state.hasUnfinishedXa) return destroy(UNFINISHED_XA);
  if (state.keepsTexts) return destroy('the server keeps texts of its statements (profiling, optimizer_trace)');
  if (state.hasOwnStart) return destroy('the init_connect of the server cannot be run again');
  const { variables } = state;
  const steps: Step[] = [];
  // A routine may have left a distributed transaction (XA) behind, over which this fails: no reset helps then.
  if (state.mayHaveOtherRole) steps.push(ROLLBACK);
  steps.push({ do: 'reset' });
  if (!variables.knowsReset) steps.push({ do: 'learn', sql: variables.telling() });
  steps.push({ do: 'set', sql: variables.setUpAgain() });
  if (state.firstSchema !== '') steps.push({ do: 'use', schema: state.firstSchema });
  if (hasInit) steps.push({ do: 'init' });
  if (state.mayHaveOtherRole) steps.push({ do: 'identify' });
  return { kind: 'reset', steps };
}

const cannotUseFirst = (state: SessionState): boolean => state.hasOtherSchema && state.firstSchema === '';
