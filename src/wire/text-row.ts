import { FieldReader } from './fields.js';

/** The values of a row of the text protocol, as views; null for NULL. */
export function decodeTextRow(payload: Buffer): (Buffer | null)[] {
  const fields = new FieldReader(payload);
  const values: (Buffer | null)[] = [];
  while (fields.left > 0) values.push(fields.prefixedOrNull());
  return values;
}
