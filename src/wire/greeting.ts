import { Capability, has } from './capabilities.js';
import { WireError } from './errors.js';
import { FieldReader, FieldWriter } from './fields.js';

const PROTOCOL = 10;
const FIRST_PART = 8;
const SCRAMBLE = 20;

/** The server's first packet. */
export interface Greeting {
  /** As it is sent: MariaDB 10 puts `5.5.5-` before its own version. */
  readonly version: string;
  readonly threadId: number;
  readonly capabilities: number;
  /** The lower byte of the number of the server's default collation. */
  readonly charset: number;
  readonly status: number;
  /** 20 random bytes, from which the plugins compute their answers. */
  readonly scramble: Buffer;
  /** The server's default authentication plugin. */
  readonly plugin: string;
}

export function encodeGreeting(greeting: Greeting): Buffer {
  const { version, threadId, capabilities, charset, status, scramble, plugin } = greeting;
  return new FieldWriter()
    .byte(PROTOCOL)
    .terminated(version)
    .fourBytes(threadId)
    .bytes(scramble.subarray(0, FIRST_PART))
    .byte(0)
    .twoBytes(capabilities)
    .byte(charset)
    .twoBytes(status)
    .twoBytes(capabilities >>> 16)
    .byte(SCRAMBLE + 1)
    .zeros(10)
    .bytes(scramble.subarray(FIRST_PART, SCRAMBLE))
    .byte(0)
    .terminated(plugin)
    .end();
}

/** @throws WireError for any other packet, also for an ERR (see `isError`), which a full server sends instead */
export function decodeGreeting(payload: Buffer): Greeting {
  const fields = new FieldReader(payload);
  const protocol = fields.byte();
  if (protocol !== PROTOCOL)
    throw new WireError(`no greeting of MySQL: protocol ${protocol} where ${PROTOCOL} is known`);
  const version = fields.terminated().toString('utf8');
  const threadId = fields.fourBytes();
  const first = fields.bytes(FIRST_PART);
  fields.skip(1);
  const lower = fields.twoBytes();
  const charset = fields.byte();
  const status = fields.twoBytes();
  const capabilities = ((fields.twoBytes() << 16) | lower) >>> 0;
  if (!has(capabilities, Capability.PROTOCOL_41)) throw new WireError('a server older than MySQL 4.1');
  const length = fields.byte();
  fields.skip(10);
  const rest = fields
    .bytes(Math.max(SCRAMBLE - FIRST_PART, length - FIRST_PART - 1))
    .subarray(0, SCRAMBLE - FIRST_PART);
  if (fields.left > 0) fields.skip(1);
  const plugin = has(capabilities, Capability.PLUGIN_AUTH) ? fields.terminatedOrRest().toString('latin1') : '';
  const scramble = Buffer.concat([first, rest]);
  return { version, threadId, capabilities, charset, status, scramble, plugin: plugin || 'mysql_native_password' };
}
