import type { ServerKind } from './built-in-names.js';
import type { ToldChange } from './told.js';
import type { Trackers } from './tracked.js';

const isOn = (value: string): boolean => value.toUpperCase() === 'ON' || value === '1';

/** What of a change a session is told whose trackers are these; undefined for nothing. */
export function shownChange<C extends ToldChange>(change: C, trackers: Trackers, server: ServerKind): C | undefined {
  const list = trackers.session_track_system_variables.toLowerCase().replaceAll(' ', '');
  const isWanted = (name: string): boolean => list === '*' || `,${list},`.includes(`,${name},`);
  const variables = Object.fromEntries(Object.entries(change.variables).filter(([name]) => isWanted(name)));
  const schema = isOn(trackers.session_track_schema) ? change.schema : null;
  const isStateChanged = isOn(trackers.session_track_state_change) && change.isStateChanged;
  const info = trackers.session_track_transaction_info.toUpperCase();
  // MySQL tells it also when that is off.
  const isAlways = server === 'mysql';
  const transactionState = isAlways || (info !== 'OFF' && info !== '0') ? change.transactionState : undefined;
  const transactionText = info === 'CHARACTERISTICS' || info === '2' ? change.transactionText : undefined;
  const isNothing =
    schema === null &&
    !isStateChanged &&
    transactionState === undefined &&
    transactionText === undefined &&
    Object.keys(variables).length === 0;
  return isNothing ? undefined : { ...change, variables, schema, isStateChanged, transactionState, transactionText };
}
