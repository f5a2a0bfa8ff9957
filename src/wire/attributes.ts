import { WireError } from './errors.js';
import { FieldReader, FieldWriter, nameIn } from './fields.js';

/** Connection attributes: what a client tells of itself, such as the names of its program and its driver. */
export type Attributes = Readonly<Record<string, string>>;

/** The largest size that a server accepts. */
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
  // The client chooses the names: without a prototype, one called __proto__ is a name like any other.
  const attributes = Object.create(null) as Record<string, string>;
  while (block.left > 0) {
    const name = nameIn(block.prefixed());
    attributes[name] = nameIn(block.prefixed());
  }
  return attributes;
}
