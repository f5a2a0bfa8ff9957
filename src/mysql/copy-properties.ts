/**
 * Copies one property with its descriptor, but makes it configurable and writable. A property whose value is undefined
 * counts as not given.
 */
export function copyProperty(from: object, to: object, name: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(from, name)!;
  if ('value' in descriptor && descriptor.value === undefined) return;
  const isFree = 'value' in descriptor ? { configurable: true, writable: true } : { configurable: true };
  Object.defineProperty(to, name, { ...descriptor, ...isFree });
}

/** Copies all properties but `except`. @returns `to` */
export function copyProperties<T extends object>(from: object, to: T, except?: string): T {
  for (const name of Object.getOwnPropertyNames(from)) if (name !== except) copyProperty(from, to, name);
  // An `ssl` that is inherited, such as a getter of a class, counts: without it, a connection would have no TLS.
  const ssl: unknown = Object.hasOwn(from, 'ssl') ? undefined : Reflect.get(from, 'ssl');
  if (ssl !== undefined) Object.assign(to, { ssl });
  return to;
}
