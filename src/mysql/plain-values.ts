/** Whether mysql2 merely quotes these values: objects may contribute SQL of their own. */
export function isPlain(values: unknown): boolean {
  if (values === undefined || values === null) return true;
  if (!Array.isArray(values)) return typeof values !== 'object';
  for (const value of values as readonly unknown[]) {
    if (typeof value === 'object' && value !== null && !(value instanceof Date) && !Buffer.isBuffer(value))
      return false;
  }
  return true;
}
