import { WireError } from './errors.js';
import { FieldReader, FieldWriter, nameIn } from './fields.js';

/** What a client tells of itself: its program, its driver, and so on. */
export type Attributes = Readonly<Record<string, string>>;

/** The most that a server takes. */
const MOST_BYTES = 65_536;

export function writeAttributes(fields: FieldWriter, attributes: Attributes): void {
  const block = new FieldWriter();
  for (const [name, value] of Object.entries(attributes)) block.prefixedText(name).prefixedText(value);
  fields.prefixed(block.end());
}

export function readAttributes(fields: FieldReader): Attributes {
  const size = Number(fields.integer());
  if (size > MOST_BYTES) throw new WireError(`connection attributes of ${size} bytes`);
  const block = new FieldReader(fields.bytes(size));
  // Names are the client's: one called __proto__ is a name like others.
  const attributes = Object.create(null) as Record<string, string>;
  while (block.left > 0) {
    const name = nameIn(block.prefixed());
    attributes[name] = nameIn(block.prefixed());
  }
  return attributes;
}
