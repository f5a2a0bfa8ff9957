import { writeAttributes } from './attributes.js';
import { Capability, has } from './capabilities.js';
import { Command } from './commands.js';
import { FieldReader, FieldWriter, nameIn } from './fields.js';
import { readEnd, writeShort, type HandshakeResponse } from './handshake-response.js';

/** The content of COM_CHANGE_USER: a further login, on a connection whose capabilities are settled. */
export type ChangeUser = Omit<HandshakeResponse, 'capabilities' | 'maxPacket'>;

/** @param capabilities of the connection */
export function encodeChangeUser(change: ChangeUser, capabilities: number): Buffer {
  const fields = new FieldWriter().byte(Command.CHANGE_USER).terminated(change.user);
  if (has(capabilities, Capability.SECURE_CONNECTION)) writeShort(fields, change.answer);
  else fields.bytes(change.answer).byte(0);
  fields.terminated(change.database ?? '').twoBytes(change.charset);
  if (has(capabilities, Capability.PLUGIN_AUTH)) fields.terminated(change.plugin ?? '');
  if (has(capabilities, Capability.CONNECT_ATTRS)) writeAttributes(fields, change.attributes);
  return fields.end();
}

/**
 * @param payload the whole command, its first byte included
 * @param capabilities of the connection. What comes after the database may be missing, as in the oldest clients
 */
export function decodeChangeUser(payload: Buffer, capabilities: number): ChangeUser {
  const fields = new FieldReader(payload, 1);
  const user = nameIn(fields.terminated());
  const isShort = has(capabilities, Capability.SECURE_CONNECTION);
  const answer = isShort ? fields.bytes(fields.byte()) : fields.terminated();
  const database = nameIn(fields.terminatedOrRest());
  const charset = fields.left >= 2 ? fields.twoBytes() : 0;
  return {
    charset,
    user,
    answer,
    database: database === '' ? undefined : database,
    ...readEnd(fields, capabilities),
  };
}
