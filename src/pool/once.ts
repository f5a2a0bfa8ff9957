/** A function that calls `fn` the first time, and does nothing afterwards. */
export function once<T extends unknown[]>(fn: (...given: T) => void): (...given: T) => void {
  let isDone = false;
  return (...given) => {
    if (isDone) return;
    isDone = true;
    fn(...given);
  };
}

const warned = new Set<string>();

/**
 * Warns once per code in the life of the process, whatever the text says: it may hold numbers and names.
 * @param about where one code stands for several things (names of options), the name of this one; never a free text
 */
export function warnOnce(code: string, message: string, about = ''): void {
  const key = `${code} ${about}`;
  if (warned.has(key)) return;
  warned.add(key);
  process.emitWarning(message, { type: 'MysqlPoolWarning', code });
}
