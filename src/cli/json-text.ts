// What JSON leaves as it is and terminals obey, or show in the wrong order.
const DANGEROUS = /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** JSON that a terminal may be shown: what is no plain character in it is escaped, and it still means the same. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  return text.replace(DANGEROUS, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
