import { isDeepStrictEqual } from 'node:util';
import { isExpected } from './expected.js';
import type { Answer, Outcome } from './program.js';

/** What a client got directly and should not have. */
export function surprises(outcome: Outcome): Map<string, string> {
  const faults = new Map<string, string>();
  const isRefused = refusalOf(outcome) !== undefined;
  for (const [check, answer] of outcome.answers) {
    if (!isRefused && !isExpected(check, answer)) faults.set(check, JSON.stringify(answer));
  }
  if (outcome.failure !== undefined) faults.set('end', outcome.failure);
  return faults;
}

/** A client that knows none of this server's ways to log in is no fault, as long as it gets the same answer every way. */
export function refusalOf({ answers }: Outcome): string | undefined {
  const [code] = (answers.get('connect')?.error as string[] | undefined) ?? [];
  return code === '1251' ? 'refused: 1251' : undefined;
}

/** What a client got on its way that it does not get directly. */
export function differences(expected: Outcome, got: Outcome): Map<string, string> {
  const faults = new Map<string, string>();
  for (const [check, answer] of expected.answers) {
    const other = got.answers.get(check);
    if (other === undefined) faults.set(check, 'no answer');
    else if (!isDeepStrictEqual(withoutIds(answer), withoutIds(other)))
      faults.set(check, `${short(other)}, directly ${short(answer)}`);
  }
  if (got.failure !== undefined && expected.failure === undefined) faults.set('end', got.failure);
  if (got.failure === undefined && expected.failure !== undefined) faults.set('end', 'came to its end');
  return faults;
}

/** Connector/J puts the number of the connection in front of messages. */
function withoutIds(answer: Answer): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(/\(conn[=:]\s*\d+[^)]*\)/g, '(conn)'));
}

function short(answer: Answer): string {
  return JSON.stringify(answer).slice(0, 300);
}
