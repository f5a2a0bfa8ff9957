interface Heard {
  readonly listeners: Set<() => void>;
  readonly tell: () => void;
}

const signals = new WeakMap<AbortSignal, Heard>();

/**
 * Has `listener` called when the signal aborts. A signal has one listener of ours, however many statements are under way
 * under it: with more than ten Node would warn of a leak, and that warning belongs to the signal's owner.
 * @returns what forgets it
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
