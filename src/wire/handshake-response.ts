import { readAttributes, writeAttributes, type Attributes } from './attributes.js';
import { Capability, has } from './capabilities.js';
import { WireError } from './errors.js';
import { FieldReader, FieldWriter, nameIn } from './fields.js';

/** MariaDB's own capabilities are in the last four bytes of it; nobody here has any. */
const FILLER = 23;
const SSL_REQUEST = 32;

/** What a client answers the greeting with. */
export interface HandshakeResponse {
  /** As the client sent them: what was never offered does not count. */
  readonly capabilities: number;
  readonly maxPacket: number;
  /** The number of a collation, its lower byte. */
  readonly charset: number;
  readonly user: string;
  /** What `plugin` makes of the password and the scramble. */
  readonly answer: Buffer;
  readonly database: string | undefined;
  readonly plugin: string | undefined;
  readonly attributes: Attributes;
}

/** Only what `capabilities` announce is written. */
export function encodeHandshakeResponse(response: HandshakeResponse): Buffer {
  const { capabilities, user, answer, database, plugin, attributes } = response;
  const fields = start(response).terminated(user);
  if (has(capabilities, Capability.PLUGIN_AUTH_LENENC)) fields.prefixed(answer);
  else if (has(capabilities, Capability.SECURE_CONNECTION)) writeShort(fields, answer);
  else fields.bytes(answer).byte(0);
  if (has(capabilities, Capability.CONNECT_WITH_DB)) fields.terminated(database ?? '');
  if (has(capabilities, Capability.PLUGIN_AUTH)) fields.terminated(plugin ?? '');
  if (has(capabilities, Capability.CONNECT_ATTRS)) writeAttributes(fields, attributes);
  return fields.end();
}

export function decodeHandshakeResponse(payload: Buffer): HandshakeResponse {
  const fields = new FieldReader(payload);
  const capabilities = fields.fourBytes();
  if (!has(capabilities, Capability.PROTOCOL_41)) throw new WireError('a client older than MySQL 4.1');
  const maxPacket = fields.fourBytes();
  const charset = fields.byte();
  fields.skip(FILLER);
  const user = nameIn(fields.terminated());
  const answer = readAnswer(fields, capabilities);
  const hasDatabase = has(capabilities, Capability.CONNECT_WITH_DB) && fields.left > 0;
  const database = hasDatabase ? nameIn(fields.terminatedOrRest()) : '';
  return {
    capabilities,
    maxPacket,
    charset,
    user,
    answer,
    database: database === '' ? undefined : database,
    ...readEnd(fields, capabilities),
  };
}

/** What comes last when somebody says who it is; older clients leave it out. */
export function readEnd(fields: FieldReader, capabilities: number): Pick<HandshakeResponse, 'plugin' | 'attributes'> {
  const hasPlugin = has(capabilities, Capability.PLUGIN_AUTH) && fields.left > 0;
  const plugin = hasPlugin ? fields.terminatedOrRest().toString('latin1') : '';
  const hasAttributes = has(capabilities, Capability.CONNECT_ATTRS) && fields.left > 0;
  return { plugin: plugin === '' ? undefined : plugin, attributes: hasAttributes ? readAttributes(fields) : {} };
}

/** The client wants TLS, and sends its whole response again inside of it. */
export function isSslRequest(payload: Buffer): boolean {
  return payload.length === SSL_REQUEST && has(payload.readUInt32LE(0), Capability.SSL);
}

export function encodeSslRequest(response: Pick<HandshakeResponse, 'capabilities' | 'maxPacket' | 'charset'>): Buffer {
  return start(response).end();
}

function start({
  capabilities,
  maxPacket,
  charset,
}: Pick<HandshakeResponse, 'capabilities' | 'maxPacket' | 'charset'>): FieldWriter {
  return new FieldWriter().fourBytes(capabilities).fourBytes(maxPacket).byte(charset).zeros(FILLER);
}

export function writeShort(fields: FieldWriter, answer: Buffer): void {
  if (answer.length > 255) throw new WireError(`an answer of ${answer.length} bytes, where 255 fit`);
  fields.byte(answer.length).bytes(answer);
}

function readAnswer(fields: FieldReader, capabilities: number): Buffer {
  if (has(capabilities, Capability.PLUGIN_AUTH_LENENC)) return fields.prefixed();
  if (has(capabilities, Capability.SECURE_CONNECTION)) return fields.bytes(fields.byte());
  return fields.terminatedOrRest();
}
