import { readAttributes, writeAttributes, type Attributes } from './attributes.js';
import { Capability, has } from './capabilities.js';
import { WireError } from './errors.js';
import { FieldReader, FieldWriter, nameIn } from './fields.js';

/** Bytes of the filler. MariaDB puts its extended capabilities into the last four of them; they are never used here. */
const FILLER = 23;
const SSL_REQUEST = 32;

/** The client's reply to the greeting. */
export interface HandshakeResponse {
  /** As the client sent them; they may include some that were not offered, which must be ignored. */
  readonly capabilities: number;
  readonly maxPacket: number;
  /** The lower byte of the number of a collation. */
  readonly charset: number;
  readonly user: string;
  /** What `plugin` computes from the password and the scramble. */
  readonly answer: Buffer;
  readonly database: string | undefined;
  readonly plugin: string | undefined;
  readonly attributes: Attributes;
}

/** Writes only the fields that `capabilities` announce. */
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

/** Reads the last fields of a handshake response or COM_CHANGE_USER, which older clients leave out. */
export function readEnd(fields: FieldReader, capabilities: number): Pick<HandshakeResponse, 'plugin' | 'attributes'> {
  const hasPlugin = has(capabilities, Capability.PLUGIN_AUTH) && fields.left > 0;
  const plugin = hasPlugin ? fields.terminatedOrRest().toString('latin1') : '';
  const hasAttributes = has(capabilities, Capability.CONNECT_ATTRS) && fields.left > 0;
  return { plugin: plugin === '' ? undefined : plugin, attributes: hasAttributes ? readAttributes(fields) : {} };
}

/** Whether the client asks for TLS, over which it then sends its whole response. */
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
