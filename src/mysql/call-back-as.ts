import type { Command } from './driver.js';

/** Calls a function as somebody. */
export type CallBack = <A extends unknown[], T>(fn: (...args: A) => T, ...args: A) => T;

/** A command either has a callback, or tells by events what it has to tell, also to its stream. */
export function callBackAs(command: Command, caller: CallBack): void {
  const { onResult } = command;
  if (onResult !== undefined) command.onResult = (...answer) => caller(onResult, ...answer);
  else {
    const emit = command.emit.bind(command);
    command.emit = (...event) => caller(emit, ...event);
  }
}
