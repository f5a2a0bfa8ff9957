import type { Command } from './driver.js';

/** Calls a function in the context of the caller that it was captured for. */
export type CallBack = <A extends unknown[], T>(fn: (...args: A) => T, ...args: A) => T;

/**
 * Makes a command report to its caller in that caller's context: through its callback if it has one, otherwise through
 * its events, which also feed its stream.
 */
export function callBackAs(command: Command, caller: CallBack): void {
  const { onResult } = command;
  if (onResult !== undefined) command.onResult = (...answer) => caller(onResult, ...answer);
  else {
    const emit = command.emit.bind(command);
    command.emit = (...event) => caller(emit, ...event);
  }
}
