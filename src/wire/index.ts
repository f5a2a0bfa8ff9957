export {
  decodeAuthSwitch,
  encodeAuthSwitch,
  encodeMoreData,
  isAuthSwitch,
  moreDataIn,
  type AuthSwitch,
} from './auth-switch.js';
export type { Attributes } from './attributes.js';
export { ASKED, Capability, has, OFFERED, together } from './capabilities.js';
export { decodeChangeUser, encodeChangeUser, type ChangeUser } from './change-user.js';
export { answerOf, Command, type AnswerKind } from './commands.js';
export { decodeError, encodeError, isError, type ErrorPacket } from './error-packet.js';
export { PacketTooLargeError, WireError } from './errors.js';
export { FieldReader, FieldWriter } from './fields.js';
export { decodeGreeting, encodeGreeting, type Greeting } from './greeting.js';
export {
  decodeHandshakeResponse,
  encodeHandshakeResponse,
  encodeSslRequest,
  isSslRequest,
  type HandshakeResponse,
} from './handshake-response.js';
export {
  accessDenied,
  CLIENT_PLUGIN,
  CLIENT_TOO_OLD,
  ClientLogin,
  nativeHash,
  newScramble,
  Password,
  provesSha2,
  RsaKey,
  ServerLogin,
  sha1Of,
  sha2Digest,
  type Claim,
  type ClientLoginOptions,
  type KnownPassword,
  type LoginAccount,
  type LoginStep,
  type ServerStep,
} from './login/index.js';
export { decodeEof, decodeOk, encodeEof, encodeOk, isOk, type Ok } from './ok.js';
export { MOST_IN_PACKET, packet, PacketReader, payloadOf, type Packet } from './packets.js';
export { executionIn, parameterIn, renumber, statementIdIn, type Execution } from './prepared.js';
export { decodeSessionChange, encodeSessionChange, type SessionChange } from './session-change.js';
export { Status } from './status.js';
export { decodeTextRow } from './text-row.js';
export type { Answer, Dialect, PreparedReply } from './answer.js';
export { AnswerStream } from './answer-stream.js';
