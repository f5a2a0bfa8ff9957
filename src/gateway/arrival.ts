import type { Socket } from 'node:net';
import { warnOnce } from '../pool/index.js';
import {
  Capability,
  CLIENT_PLUGIN,
  ClientLogin,
  decodeHandshakeResponse,
  encodeError,
  encodeGreeting,
  isSslRequest,
  newScramble,
  Status,
  together,
  type ErrorPacket,
  type Greeting,
  type HandshakeResponse,
  type KnownPassword,
  type Password,
  type RsaKey,
} from '../wire/index.js';
import { fromOf } from './admission.js';
import type { PacketSocket } from './packet-socket.js';
import { part } from './parting.js';

/** What the gateway greets a client with, and what it needs to check the login. */
export interface Reception {
  /** The greeting of the server behind the gateway. */
  readonly server: Greeting;
  /** The capabilities that clients are offered. */
  readonly offered: number;
  /** Starts TLS on a connection; undefined if clients are not offered TLS. */
  readonly secure: ((socket: Socket) => Promise<Socket>) | undefined;
  /** Whether the client comes by a UNIX socket, which nobody else can read. */
  readonly isLocal: boolean;
  key(): Promise<RsaKey>;
  known(user: string, from: string): KnownPassword | undefined;
}

/** A client that has sent its identity, and the password that it has told or proven. */
export interface Arrived {
  readonly packets: PacketSocket;
  readonly response: HandshakeResponse;
  /** The capabilities that both sides have. */
  readonly capabilities: number;
  readonly isSecure: boolean;
  /** The password that it has told, or proven to know. */
  readonly password: Password;
  readonly scramble: Buffer;
}

/** The login of a client is refused; `packet` is the error for the client. */
export class Refused extends Error {
  readonly packet: ErrorPacket;

  constructor(packet: ErrorPacket) {
    super(packet.message);
    this.packet = packet;
  }
}

/** Greets a client and reads its login. Rejects with Refused, or with the reason why its packets ended. */
export async function receive(packets: PacketSocket, id: number, reception: Reception): Promise<Arrived> {
  const { server, offered, secure } = reception;
  const scramble = newScramble();
  const capabilities = together(offered, secure === undefined ? 0 : Capability.SSL);
  const { version, charset } = server;
  const greeting = { version, threadId: id, capabilities, charset, status: Status.AUTOCOMMIT, scramble };
  packets.write(encodeGreeting({ ...greeting, plugin: CLIENT_PLUGIN }));
  let payload = await packets.read();
  let isSecure = reception.isLocal;
  if (secure !== undefined && isSslRequest(payload)) {
    await packets.upgrade(secure);
    payload = await packets.read();
    isSecure = true;
  }
  const response = decodeHandshakeResponse(payload);
  const agreed = together(response.capabilities & capabilities);
  const { user, answer, plugin } = response;
  const claim = { user, answer, plugin, capabilities: agreed };
  const password = await prove(packets, claim, { scramble, isSecure, reception });
  return { packets, response, capabilities: agreed, isSecure, password, scramble };
}

/** @returns the password that the client has told, or proven to know */
export async function prove(
  packets: PacketSocket,
  claim: Parameters<ClientLogin['begin']>[0],
  {
    scramble,
    isSecure,
    reception,
    isChange = false,
  }: { scramble: Buffer; isSecure: boolean; reception: Reception; isChange?: boolean },
): Promise<Password> {
  const from = fromOf(packets.socket);
  const login = new ClientLogin({
    scramble,
    isSecure,
    isChange,
    key: isSecure ? undefined : await reception.key(),
    host: from,
    known: (user) => reception.known(user, from),
  });
  for (let step = login.begin(claim); ; step = login.feed(await packets.read())) {
    if ('refused' in step) {
      if (step.isClear === true) warnOfClearPassword(claim.user, from);
      throw new Refused(step.refused);
    }
    if ('password' in step) return step.password;
    packets.write(...step.send);
    if (step.proven !== undefined) return step.proven;
  }
}

function warnOfClearPassword(user: string, from: string): void {
  const name = JSON.stringify(user.slice(0, 80));
  const text = `a client at ${from} has sent the password of ${name} where others can read it, without TLS`;
  warnOnce('MYSQLPOOL_GATEWAY_CLEAR_PASSWORD', text);
}

export function refuse(packets: PacketSocket, error: ErrorPacket): void {
  packets.write(encodeError(error));
  packets.handOver();
  part(packets.socket);
}
