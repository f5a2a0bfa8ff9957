/** Logins at real servers, packet by packet, and what the server said in them. */
import { connect } from 'node:net';
import { secureServer, type ServerTls } from '#internal/gateway/tls.js';
import {
  ASKED,
  Capability,
  decodeGreeting,
  Password,
  ServerLogin,
  together,
  type ErrorPacket,
} from '#internal/wire/index.js';
import { Talk } from './talk.js';

export interface Login {
  readonly user: string;
  readonly password: string | Password;
  readonly database?: string;
  /** @default TCP */
  readonly socketPath?: string | undefined;
  readonly tls?: ServerTls | undefined;
  readonly serverKey?: string;
}

export interface Outcome {
  readonly error: ErrorPacket | undefined;
  /** What the server said after the handshake response: `ok`, `error`, `switch to …`, `fast`, `full`, `key`. */
  readonly said: readonly string[];
}

/** Logs in, and hangs up. */
export async function logIn(server: { host: string; port: number }, login: Login): Promise<Outcome> {
  const { user, password, database, socketPath, tls, serverKey } = login;
  const socket = socketPath === undefined ? connect(server.port, server.host) : connect(socketPath);
  const talk = new Talk(socket);
  try {
    const greeting = decodeGreeting(await talk.read());
    const state = new ServerLogin(greeting, {
      user,
      password: typeof password === 'string' ? Password.of(password) : password,
      database,
      charset: 45,
      capabilities: tls === undefined ? ASKED : together(ASKED, Capability.SSL),
      attributes: { program_name: 'logins' },
      isSecure: tls !== undefined || socketPath !== undefined,
      serverKey,
    });
    if (tls !== undefined) {
      talk.write(state.sslRequest());
      talk.use(await secureServer(talk.release(), { host: server.host, tls }));
    }
    talk.write(state.first());
    const said: string[] = [];
    for (;;) {
      const payload = await talk.read();
      said.push(wordOf(payload));
      const { send, done, error } = state.feed(payload);
      if (send !== undefined) talk.write(send);
      if (done === true || error !== undefined) return { error, said };
    }
  } finally {
    talk.end();
  }
}

function wordOf(payload: Buffer): string {
  if (payload[0] === 0) return 'ok';
  if (payload[0] === 0xff) return 'error';
  if (payload[0] === 0xfe) return `switch to ${payload.toString('latin1', 1, payload.indexOf(0))}`;
  return payload.length > 2 ? 'key' : payload[1] === 3 ? 'fast' : 'full';
}
