import { codeOf } from './shown.js';

/**
 * Code of the application's that runs while a connection is opened, checked, lent or cleaned: `onConnect`, a function for
 * the password, a hook of an ORM. What it throws reaches callers as it is, so that they know it by its class and code; but
 * they have asked for a connection or a statement, and are to learn where it came from.
 */

const origins = new WeakMap<object, string>();
const underWay = new WeakMap<object, string>();
const wholes = new WeakMap<object, object>();

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** How a hook is named in texts. */
export const inApplications = (hook: string): string => `in the application's ${hook}`;

/** The hook that an error came from, or that was late, as far as it is known. */
export function hookOf(error: unknown): string | undefined {
  if (!isObject(error)) return undefined;
  const isLate = codeOf(error) === 'POOL_OPERATION_TIMEOUT';
  return origins.get(error) ?? (isLate ? (error as { readonly hook?: string }).hook : undefined);
}

/** `in the application's onConnect: `, before the message of an error that came from there; else nothing. */
export function originOf(error: unknown): string {
  const hook = isObject(error) ? origins.get(error) : undefined;
  return hook === undefined ? '' : `${inApplications(hook)}: `;
}

/** The hook that runs now for a dial, by its signal, or on a connection. */
export const hookUnderWay = (owner: object): string | undefined => underWay.get(owner);

/** What runs on a connection that is being opened runs for the dial, which is known by its signal. */
export const isOpenedFor = (connection: object, dial: AbortSignal): void => void wholes.set(connection, dial);

/** Notes where an error came from. Of hooks within hooks the innermost counts. */
export function noteOrigin(error: unknown, hook: string): void {
  if (!isObject(error) || origins.has(error)) return;
  origins.set(error, hook);
  // Some keep of a stack only what looks like its lines.
  if (error instanceof Error) addToStack(error, `    at the application's ${hook}`);
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
  const whole = owner && wholes.get(owner);
  const marked = [owner, whole].filter((each) => each !== undefined);
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
