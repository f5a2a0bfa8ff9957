import { codeOf, hooksOfErrors } from '../pool/index.js';

/**
 * Code of the application's that runs while a connection is opened or lent: `onConnect`, a function for the password, a
 * hook of an ORM. What it throws reaches callers as it is, so that they know it by its class and code; but they have asked
 * for a connection or a statement, and are to learn where it came from.
 */

/** What runs now, by the signal of the dial that it runs for, or by its connection. */
const underWay = new WeakMap<object, string>();
const dials = new WeakMap<object, AbortSignal>();

export const hookUnderWay = (owner: object): string | undefined => underWay.get(owner);

/** What runs on a connection that is being opened runs for the dial. */
export const isOpenedFor = (connection: object, dial: AbortSignal): void => void dials.set(connection, dial);

/** Notes where an error came from. Of hooks within hooks the innermost counts. */
export function noteOrigin(error: unknown, hook: string): void {
  if (typeof error !== 'object' || error === null || hooksOfErrors.has(error)) return;
  hooksOfErrors.set(error, hook);
  // Some keep of a stack only what looks like its lines.
  if (error instanceof Error) addToStack(error, `    at the application's ${hook}`);
}

/** A dial is given up: if its time is over, the error that says so came from the hook that it is in. */
export function noteLate({ reason }: AbortSignal, hook: string | undefined): void {
  if (hook !== undefined && codeOf(reason) === 'POOL_OPERATION_TIMEOUT') noteOrigin(reason, hook);
}

/**
 * It is there whenever the error is printed, also where somebody puts another stack in the place of this one, as mysql2
 * and Knex do with that of their caller. Nothing that a program looks at has changed.
 */
function addToStack(error: Error, line: string): void {
  let stack: unknown;
  try {
    ({ stack } = error);
  } catch {
    return;
  }
  if (typeof stack !== 'string') return;
  // False, and nothing has happened, for an error that is frozen.
  Reflect.defineProperty(error, 'stack', {
    configurable: true,
    get: () => (typeof stack === 'string' ? `${stack}\n${line}` : stack),
    set: (other: unknown) => {
      stack = other;
    },
  });
}

/**
 * Runs a hook to its end.
 * @param owner the connection that it is given, or the signal of the dial that it runs for, if there is one
 */
export async function inHook<T>(hook: string, owner: object | undefined, run: () => T | PromiseLike<T>): Promise<T> {
  const marked = [owner, owner && dials.get(owner)].filter((each) => each !== undefined);
  const before = marked.map((each) => underWay.get(each));
  for (const each of marked) underWay.set(each, hook);
  try {
    return await run();
  } catch (error) {
    noteOrigin(error, hook);
    throw error;
  } finally {
    for (const [i, each] of marked.entries()) {
      if (before[i] === undefined) underWay.delete(each);
      else underWay.set(each, before[i]);
    }
  }
}
