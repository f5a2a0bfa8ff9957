/** A server that does nothing but let clients in: what they told is recorded. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ClientTlsContext, secureClient } from '#internal/gateway/tls.js';
import {
  accessDenied,
  Capability,
  CLIENT_PLUGIN,
  ClientLogin,
  Command,
  decodeChangeUser,
  decodeHandshakeResponse,
  encodeError,
  encodeGreeting,
  encodeOk,
  isSslRequest,
  newScramble,
  OFFERED,
  Password,
  provesSha2,
  RsaKey,
  sha1Of,
  nativeHash,
  sha2Digest,
  together,
  type Claim,
  type KnownPassword,
  type LoginStep,
} from '#internal/wire/index.js';
import { makeTlsFiles, type TlsFiles } from '#support/servers/certificate.js';
import { Gone, Talk } from './talk.js';

/** How a login went: who, by which plugin first, what was sent in it, and how it ended. */
export interface LoginSeen {
  readonly user: string;
  readonly first: string | undefined;
  readonly isSecure: boolean;
  /** `switch`, `full`, `key` or `fast`, in the order in which they were sent. */
  readonly sent: string[];
  end?: string;
}

interface ListenerOptions {
  /** As in the greeting. @default one of MySQL */
  readonly version?: string;
  readonly tls?: boolean;
  readonly socketPath?: string;
  /** Of which users the password is known, in the short form. */
  readonly known?: readonly string[];
  /** Of which users it is written down for clients without plugins. */
  readonly written?: readonly string[];
}

const USERS: Readonly<Record<string, string>> = { app: 'secret – 🔑', other: 'another', nobody: '' };

let key: Promise<RsaKey> | undefined;

export class LoginListener {
  readonly files: TlsFiles | undefined;
  readonly logins: LoginSeen[] = [];
  readonly errors: unknown[] = [];
  readonly #server = createServer({ noDelay: true });
  readonly #options: ListenerOptions;
  readonly #tls: ClientTlsContext | undefined;

  private constructor(options: ListenerOptions, tls: readonly [ClientTlsContext, TlsFiles] | undefined) {
    this.#options = options;
    this.#tls = tls?.[0];
    this.files = tls?.[1];
  }

  static async start(t: TestContext, options: ListenerOptions = {}): Promise<LoginListener> {
    const listener = new LoginListener(options, options.tls === true ? tlsOf(t) : undefined);
    await listener.#listen(t);
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #listen(t: TestContext): Promise<void> {
    const sockets = new Set<Socket>();
    this.#server.on('connection', (socket) => {
      sockets.add(socket.on('error', () => undefined));
      this.#serve(socket).catch((error: unknown) => {
        if (!(error instanceof Gone)) this.errors.push(error);
        socket.destroy();
      });
    });
    this.#server.listen(this.#options.socketPath ?? { port: 0, host: '127.0.0.1' });
    await once(this.#server, 'listening');
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      this.#server.close();
    });
  }

  /** What the last login was like. */
  get last(): LoginSeen {
    return this.logins.at(-1)!;
  }

  async #serve(socket: Socket): Promise<void> {
    const talk = new Talk(socket);
    const scramble = newScramble();
    const capabilities = together(OFFERED, this.#tls === undefined ? 0 : Capability.SSL);
    const { version = '8.0.99' } = this.#options;
    const greeting = { version, threadId: 7, capabilities, charset: 45, status: 2, scramble };
    talk.write(encodeGreeting({ ...greeting, plugin: CLIENT_PLUGIN }));
    let payload = await talk.read();
    const isTls = this.#tls !== undefined && isSslRequest(payload);
    if (isTls) {
      talk.use(await secureClient(talk.release(), this.#tls!.current()));
      payload = await talk.read();
    }
    const response = decodeHandshakeResponse(payload);
    const agreed = together(response.capabilities & capabilities);
    const place = { talk, scramble, isSecure: isTls || this.#options.socketPath !== undefined, agreed };
    let isIn = await this.#logIn({ ...response, capabilities: agreed }, place);
    while (isIn) {
      payload = await talk.read();
      if (payload[0] === Command.QUIT) break;
      if (payload[0] !== Command.CHANGE_USER) talk.write(encodeOk(OK, agreed, 0));
      else isIn = await this.#logIn({ ...decodeChangeUser(payload, agreed), capabilities: agreed }, place, true);
    }
    talk.end();
  }

  /** Says OK, or why not. */
  async #logIn(claim: Claim, { talk, scramble, isSecure, agreed }: Place, isChange = false): Promise<boolean> {
    const { user } = claim;
    const seen: LoginSeen = { user, first: claim.plugin, isSecure, sent: [] };
    this.logins.push(seen);
    const login = new ClientLogin({
      scramble,
      isSecure,
      isChange,
      key: isSecure ? undefined : await (key ??= RsaKey.generate()),
      host: 'here',
      known: (name) => this.#known(name),
    });
    const step = await untilOver(login, login.begin(claim), seen, talk);
    const told = 'password' in step ? step.password : undefined;
    const isRight = told?.reveal()?.toString() === USERS[user];
    if ('refused' in step) seen.end = `${step.refused.errno}${step.isClear === true ? ' clear' : ''}`;
    else seen.end = told === undefined ? 'known' : isRight ? 'told' : 'wrong';
    const isIn = seen.end === 'known' || seen.end === 'told';
    const refusal = 'refused' in step ? step.refused : accessDenied(user, 'here', told?.isEmpty === false);
    talk.write(isIn ? encodeOk(OK, agreed, 0) : encodeError(refusal));
    return isIn;
  }

  #known(user: string): KnownPassword | undefined {
    const { known = [], written = [] } = this.#options;
    const text = USERS[user];
    if (text === undefined || (!known.includes(user) && !written.includes(user))) return undefined;
    const password = Password.of(text);
    const ifSo = (isRight: boolean): Password | undefined => (isRight ? password : undefined);
    return {
      provesSha2: (scramble, answer) => ifSo(provesSha2(sha2Digest(Buffer.from(text)), scramble, answer)),
      provesNative: written.includes(user)
        ? (scramble, answer) => ifSo(sha1Of(nativeHash(password), scramble, answer) !== undefined)
        : undefined,
    };
  }
}

interface Place {
  readonly talk: Talk;
  readonly scramble: Buffer;
  readonly isSecure: boolean;
  readonly agreed: number;
}

/** The step that ends it. */
async function untilOver(login: ClientLogin, first: LoginStep, seen: LoginSeen, talk: Talk): Promise<LoginStep> {
  for (let step = first; ; step = login.feed(await talk.read())) {
    if (!('send' in step)) return step;
    seen.sent.push(...step.send.map(wordOf));
    talk.write(...step.send);
    if (step.proven !== undefined) return step;
  }
}

const wordOf = (payload: Buffer): string =>
  payload[0] === 0xfe ? 'switch' : payload.length > 2 ? 'key' : payload[1] === 3 ? 'fast' : 'full';

const OK = { affectedRows: 0, insertId: 0, status: 2, warnings: 0, info: Buffer.alloc(0), change: undefined };

function tlsOf(t: TestContext): readonly [ClientTlsContext, TlsFiles] {
  const folder = mkdtempSync(join(tmpdir(), 'mysqlpool-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = makeTlsFiles();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const [cert, keyFile, ca] = ['server-cert.pem', 'server-key.pem', 'ca.pem'].map((name) => join(folder, name));
  return [new ClientTlsContext({ key: keyFile!, cert: cert!, ca }), files];
}
