import type { Loan, RecentEvent, WaitingReport } from '../report.js';
import { CallSite } from './call-site.js';
import { ClippedText } from './clipped-text.js';
import { DataTable, textColumn, viewColumn, type Column } from './data-table.js';
import { el, setText } from './dom.js';
import { duration, timeOfDay } from './format.js';

const label = <T extends { readonly label: string | undefined }>(): Column<T> =>
  viewColumn(
    'Label',
    'label',
    ({ label: text }) => text ?? '–',
    () => new ClippedText(),
  );
const callSite = <T extends { readonly callSite: string | undefined }>(): Column<T> =>
  viewColumn(
    'Taken at',
    'place',
    ({ callSite: text }) => text,
    () => new CallSite(),
  );

/** The table of a pool's loans. */
export function loansTable(): DataTable<Loan> {
  return new DataTable<Loan>({ heading: 'Loans', empty: 'No connection is lent.', keyOf: ({ loan }) => String(loan) }, [
    textColumn('Held for', ({ heldFor }) => duration(heldFor)),
    label(),
    callSite(),
    viewColumn(
      'Last statement',
      'text',
      ({ recent }) => recent[0] ?? '–',
      () => new ClippedText('code'),
    ),
    textColumn('Connection', ({ connection }) => `#${connection}`),
  ]);
}

/** A waiting caller and its place in the queue, which serves as the key of its row: waiting callers have no number. */
interface PlaceInLine extends WaitingReport {
  readonly place: number;
}

/** The table of callers that wait for a connection. */
export function waitersTable(): { root: HTMLElement; update(waiting: readonly WaitingReport[]): void } {
  const table = new DataTable<PlaceInLine>(
    { heading: 'Waiting callers', empty: 'Nobody waits.', keyOf: ({ place }) => String(place) },
    [
      textColumn('In line', ({ place }) => `${place}`),
      textColumn('Waits for', ({ waitedFor }) => duration(waitedFor)),
      textColumn('Gives up in', ({ leftFor }) => (leftFor === null ? 'never' : duration(Math.max(0, leftFor)))),
      label(),
      callSite(),
    ],
  );
  return {
    root: table.root,
    update: (waiting) => table.update(waiting.map((caller, index) => ({ ...caller, place: index + 1 }))),
  };
}

const BAD: ReadonlySet<RecentEvent['event']> = new Set(['acquireFailed', 'leakSuspected', 'openFailed']);

/** The table of recent events, the latest first. */
export function eventsTable(): { root: HTMLElement; update(events: readonly RecentEvent[]): void } {
  const table = new DataTable<RecentEvent>(
    { heading: 'Recent events', empty: 'Nothing has happened yet.', keyOf: ({ id }) => String(id) },
    [
      textColumn('Time', ({ at }) => timeOfDay(at)),
      {
        heading: 'Event',
        kind: 'label',
        cell() {
          const root = el('span', { class: 'event' });
          return {
            root,
            update({ event }) {
              setText(root, BAD.has(event) ? `▲ ${event}` : event);
              root.classList.toggle('bad', BAD.has(event));
            },
          };
        },
      },
      viewColumn(
        'What',
        'text',
        ({ text }) => text,
        () => new ClippedText(),
      ),
    ],
  );
  return { root: table.root, update: (events) => table.update(events.toReversed()) };
}
