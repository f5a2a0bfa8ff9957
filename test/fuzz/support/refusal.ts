import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { SECRET } from './weird.js';

type ErrorClass = abstract new (...args: never[]) => Error;

/** Checks that an error is of a documented class, has a message, and does not reveal the password. */
export function checkRefusal(error: unknown, ...classes: readonly ErrorClass[]): void {
  assert.ok(
    classes.some((known) => error instanceof known),
    `an error that nobody promised: ${error instanceof Error ? error.stack : typeof error}`,
  );
  const { message, code } = error as Error & { readonly code?: unknown };
  assert.ok(message.length > 10, `too short: ${message}`);
  assert.ok(
    error instanceof TypeError || error instanceof RangeError || typeof code === 'string',
    `no code: ${message}`,
  );
  for (const text of [message, inspect(error, { depth: 6, showHidden: true }), JSON.stringify(error)]) {
    assert.ok(!text.includes(SECRET), `the password is in ${text}`);
  }
}

/** The result of `make`, or undefined if it throws; the error must be of one of the documented classes. */
export function madeOrRefused<T>(make: () => T, ...classes: readonly ErrorClass[]): T | undefined {
  try {
    return make();
  } catch (error) {
    checkRefusal(error, ...classes);
    return undefined;
  }
}
