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
import type { PacketSocket } from './packet-socket.js';
import { part } from './parting.js';

/** What a client is greeted with, and what its login needs. */
export interface Reception {
  readonly server: Greeting;
  /** What clients are offered. */
  readonly offered: number;
  /** Makes the connection TLS; undefined: none is offered. */
  readonly secure: ((socket: Socket) => Promise<Socket>) | undefined;
  /** Nobody else can read what comes: a UNIX socket. */
  readonly isLocal: boolean;
  key(): Promise<RsaKey>;
  known(user: string, from: string): KnownPassword | undefined;
}

/** A client that has said who it is, and what it has shown for that. */
export interface Arrived {
  readonly packets: PacketSocket;
  readonly response: HandshakeResponse;
  /** What both sides can do. */
  readonly capabilities: number;
  readonly isSecure: boolean;
  /** The password that it has told, or proven to know. */
  readonly password: Password;
  readonly scramble: Buffer;
}

/** A client was refused; it has been told why. */
export class Refused extends Error {
  readonly packet: ErrorPacket;

  constructor(packet: ErrorPacket) {
    super(packet.message);
    this.packet = packet;
  }
}

/** Greets a client, and lets it say who it is. Rejects with Refused, or with why nothing more came. */
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
  const from = packets.socket.remoteAddress ?? 'localhost';
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
