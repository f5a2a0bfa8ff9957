interface Heard {
  readonly listeners: Set<() => void>;
  readonly tell: () => void;
}

const signals = new WeakMap<AbortSignal, Heard>();

/**
 * Calls `listener` when the signal aborts. However many statements share a signal, only one listener of ours is
 * attached to it: with more than ten, Node would warn about a leak, although the caller did nothing wrong.
 * @returns a function that removes the listener
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let heard = signals.get(signal);
  if (heard === undefined) {
    const listeners = new Set<() => void>();
    heard = { listeners, tell: () => [...listeners].forEach((each) => each()) };
    signals.set(signal, heard);
  }
  const { listeners, tell } = heard;
  if (listeners.size === 0) signal.addEventListener('abort', tell);
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) signal.removeEventListener('abort', tell);
  };
}
