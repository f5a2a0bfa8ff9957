import { codeOf, hooksOfErrors } from '../pool/index.js';

/**
 * Attribution of errors to hooks: application code that runs while a connection is opened or lent, such as `onConnect`,
 * the password function, or a hook of an ORM. What a hook throws reaches the caller unchanged, so that its class and
 * code can be recognised. But the caller asked for a connection or a statement, and has to learn that the error came
 * from a hook.
 */

/** The hook that is running now, by the signal of its dial or by its connection. */
const underWay = new WeakMap<object, string>();
const dials = new WeakMap<object, AbortSignal>();

export const hookUnderWay = (owner: object): string | undefined => underWay.get(owner);

/** Links a connection that is being opened to its dial, so that its hooks are attributed to the dial as well. */
export const isOpenedFor = (connection: object, dial: AbortSignal): void => void dials.set(connection, dial);

/** Records the hook that an error came from. Of nested hooks the innermost counts. */
export function noteOrigin(error: unknown, hook: string): void {
  if (typeof error !== 'object' || error === null || hooksOfErrors.has(error)) return;
  hooksOfErrors.set(error, hook);
  // Formatted like a stack frame, because some tools keep only such lines of a stack.
  if (error instanceof Error) addToStack(error, `    at the application's ${hook}`);
}

/** When a dial is given up because its time is over, the timeout error is attributed to the hook that is running. */
export function noteLate({ reason }: AbortSignal, hook: string | undefined): void {
  if (hook !== undefined && codeOf(reason) === 'POOL_OPERATION_TIMEOUT') noteOrigin(reason, hook);
}

/**
 * Adds a line to the stack of an error, by an accessor: the line stays when somebody replaces the stack, as mysql2 and
 * Knex do to show their caller. Nothing else that a program can observe changes.
 */
function addToStack(error: Error, line: string): void {
  let stack: unknown;
  try {
    ({ stack } = error);
  } catch {
    return;
  }
  if (typeof stack !== 'string') return;
  // Returns false, without effect, for a frozen error.
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
 * @param owner the connection that the hook is given, or the signal of the dial that it runs for, if there is one
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
