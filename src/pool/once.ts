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
 * Warns once per code in the life of the process, even if the text differs, as it may contain numbers and names.
 * @param about tells apart several things that share a code, such as names of options; never free text, since every
 * value is remembered
 */
export function warnOnce(code: string, message: string, about = ''): void {
  const key = `${code} ${about}`;
  if (warned.has(key)) return;
  warned.add(key);
  process.emitWarning(message, { type: 'MysqlPoolWarning', code });
}
