import { WireError } from './errors.js';
import { FieldReader, FieldWriter } from './fields.js';

const SWITCH = 0xfe;
const MORE = 0x01;
const SCRAMBLE = 20;

/** AuthSwitchRequest: the server asks the client to answer with another authentication plugin, to a new scramble. */
export interface AuthSwitch {
  readonly plugin: string;
  /** The scramble, without the zero byte that most servers put after it. */
  readonly scramble: Buffer;
}

/** Like all servers, puts a zero byte after a scramble of 20 bytes, and none after one of another length (ed25519). */
export function encodeAuthSwitch({ plugin, scramble }: AuthSwitch): Buffer {
  const fields = new FieldWriter().byte(SWITCH).terminated(plugin).bytes(scramble);
  return (scramble.length === SCRAMBLE ? fields.byte(0) : fields).end();
}

export function isAuthSwitch(payload: Buffer): boolean {
  return payload[0] === SWITCH;
}

export function decodeAuthSwitch(payload: Buffer): AuthSwitch {
  if (!isAuthSwitch(payload)) throw new WireError('no request for another plugin');
  // A packet of one byte asks for the authentication of before MySQL 4.1.
  if (payload.length === 1) return { plugin: 'mysql_old_password', scramble: Buffer.alloc(0) };
  const fields = new FieldReader(payload, 1);
  const plugin = fields.terminatedOrRest().toString('latin1');
  const data = fields.rest();
  const scramble = data.length === SCRAMBLE + 1 && data[SCRAMBLE] === 0 ? data.subarray(0, SCRAMBLE) : data;
  return { plugin, scramble };
}

/** AuthMoreData: what a plugin sends during the login, such as "full authentication" or a public key. */
export function encodeMoreData(data: Buffer): Buffer {
  return new FieldWriter().byte(MORE).bytes(data).end();
}

/** The data of an AuthMoreData packet; undefined for any other packet. */
export function moreDataIn(payload: Buffer): Buffer | undefined {
  return payload[0] === MORE ? payload.subarray(1) : undefined;
}
