import { createHmac, randomBytes } from 'node:crypto';
import { classifyOpenFailure } from '../session/index.js';
import {
  accessDenied,
  nativeHash,
  Password,
  provesSha2,
  sha1Of,
  sha2Digest,
  type ErrorPacket,
  type KnownPassword,
} from '../wire/index.js';
import { Probes, type Prove } from './probes.js';
import { UsersFile, type FileUser } from './users-file.js';

export interface CredentialsOptions {
  /** A file of users and passwords; see `UsersFile`. @default none: they are learned */
  readonly users?: string | undefined;
  /**
   * How long (ms) the server's word for a password holds. A login in the second half of it has the server asked again in
   * the background; one that comes later waits for the answer. @default 60 000
   */
  readonly recheckAfter?: number;
  /** How long (ms) a password that the server has refused is refused without asking. @default 1 000 */
  readonly refusedFor?: number;
  /** For how many accounts at once the server is asked. @default 8 */
  readonly maxProbes?: number;
  /** A clock in ms. */
  readonly now?: () => number;
}

/** From where somebody tries to log in, and until when. */
export interface Attempt {
  /** The address; who was wrong there a moment ago is told nothing but by the server. */
  readonly from?: string;
  /** Who has gone is not asked for. */
  readonly signal?: AbortSignal;
}

/** What the server has let in. */
interface Proven {
  readonly password: Password;
  readonly provenAt: number;
}

/** So many refusals, and so many addresses that were wrong, are remembered at most. */
const MOST_REMEMBERED = 1_000;

/**
 * The passwords of accounts, learned when the server takes them. They are in memory and in private fields only.
 *
 * Whoever knows a password that was learned is let in without the server, for `recheckAfter`; by then the server is asked
 * with it again. What is not known is tried at the server: one password of an account at a time, and those who bring the
 * same wait for the same answer. So nobody guesses faster here than there: who was wrong is, for `refusedFor`, told by the
 * server alone, from that address, and the same wrong password is refused again without asking.
 */
export class Credentials {
  readonly #users: UsersFile | undefined;
  readonly #recheckAfter: number;
  readonly #now: () => number;
  readonly #proven = new Map<string, Proven>();
  readonly #probes: Probes;
  /** The server's words for a password that it has refused. */
  readonly #refused: Recent<ErrorPacket>;
  /** Users with an address from where they were wrong. */
  readonly #wrong: Recent<true>;
  /** Of users whose hash is in the file: what their clients' answers have given away. */
  readonly #sha1s = new WeakMap<FileUser, Password>();
  /** A copy of the memory is to show no passwords that somebody has mistyped. */
  readonly #key = randomBytes(32);

  /** @throws UsersFileError */
  constructor({ users, recheckAfter = 60_000, refusedFor = 1_000, maxProbes = 8, now }: CredentialsOptions = {}) {
    this.#now = now ?? (() => performance.now());
    this.#users = users === undefined ? undefined : new UsersFile(users, now);
    this.#recheckAfter = recheckAfter;
    this.#probes = new Probes(maxProbes);
    this.#refused = new Recent(refusedFor, this.#now);
    this.#wrong = new Recent(refusedFor, this.#now);
  }

  /** The file that was named, for its `failure` and `reload`. */
  get users(): UsersFile | undefined {
    return this.#users;
  }

  /** What a client's answer can be compared with. Undefined: its password must be asked for. */
  known(user: string, from?: string): KnownPassword | undefined {
    const written = this.#users?.get(user);
    const proven = this.#proven.get(user);
    const password = (proven?.password ?? written?.password)?.reveal();
    if (password === undefined && written === undefined) return undefined;
    const place = placeOf(user, from);
    return {
      provesSha2: (scramble, answer) => {
        if (password === undefined || this.#wrong.has(place)) return false;
        const isRight = provesSha2(sha2Digest(password), scramble, answer);
        if (!isRight) this.#wrong.set(place, true);
        return isRight;
      },
      provesNative: written && ((scramble, answer) => this.#provesNative(written, scramble, answer)),
    };
  }

  #provesNative(written: FileUser, scramble: Buffer, answer: Buffer): boolean {
    const sha1 = sha1Of(written.nativeHash ?? nativeHash(written.password), scramble, answer);
    if (sha1 !== undefined && written.nativeHash !== undefined) this.#sha1s.set(written, Password.ofSha1(sha1));
    return sha1 !== undefined;
  }

  /** What to log in with at the server; undefined when it is not known. */
  password(user: string): Password | undefined {
    const proven = this.#proven.get(user);
    if (proven !== undefined) return proven.password;
    const written = this.#users?.get(user);
    return written && (written.password ?? this.#sha1s.get(written));
  }

  /**
   * Whether a client is let in: with undefined, or with the error that it is told.
   * @param password undefined: it has proven to know the one that is known
   * @param prove logs in at the server. What it rejects with, and an error that is not about the account, is told to
   *   those who wait, and nothing follows from it
   */
  async check(
    user: string,
    password: Password | undefined,
    prove: Prove,
    { from, signal }: Attempt = {},
  ): Promise<ErrorPacket | undefined> {
    const secret = password ?? this.password(user);
    // It was forgotten between two packets.
    if (secret === undefined) return accessDenied(user, from ?? 'localhost', true);
    const place = placeOf(user, from);
    const proven = this.#proven.get(user);
    const isKnown = proven?.password.equals(secret) === true;
    const key = this.#keyOf(user, secret);
    const ask = (waiting?: AbortSignal): Promise<ErrorPacket | undefined> =>
      this.#probes.ask(user, key, () => this.#ask(user, secret, key, prove), waiting);
    if (isKnown && !this.#wrong.has(place) && this.#now() - proven.provenAt < this.#recheckAfter) {
      // Early enough that nobody has to wait for it. That it could not be asked is for those to be told who wait.
      if (this.#now() - proven.provenAt >= this.#recheckAfter / 2) ask().catch(() => undefined);
      this.#know(user, secret, proven.provenAt);
      return undefined;
    }
    if (proven !== undefined && !isKnown) this.#wrong.set(place, true);
    const refusal = this.#refused.get(key) ?? (await ask(signal));
    if (refusal === undefined) this.#wrong.delete(place);
    else this.#wrong.set(place, true);
    return refusal;
  }

  async #ask(user: string, secret: Password, key: string, prove: Prove): Promise<ErrorPacket | undefined> {
    const error = await prove(secret);
    if (error === undefined) this.proved(user, secret);
    else if (classifyOpenFailure(error) === 'fatal') {
      this.#refused.set(key, error);
      this.refused(user, secret);
    }
    return error;
  }

  #keyOf(user: string, secret: Password): string {
    return createHmac('sha256', this.#key).update(secret.sha1()).update(user).digest('base64');
  }

  /** The server has let the account in with it. */
  proved(user: string, password: Password): void {
    this.#know(user, password, this.#now());
  }

  #know(user: string, password: Password, provenAt: number): void {
    const before = this.#proven.get(user);
    // Of the same password, its hash is less than all of it.
    const isLess = password.reveal() === undefined && before?.password.equals(password) === true;
    this.#proven.set(user, { password: isLess ? before.password : password, provenAt });
  }

  /** The server has refused the account's password. One that was learned since is another. */
  refused(user: string, password?: Password): void {
    if (password === undefined || this.#proven.get(user)?.password.equals(password)) this.forget(user);
  }

  /** The next login of the account has to tell its password, and the server is asked. */
  forget(user: string): void {
    this.#proven.delete(user);
  }
}

const placeOf = (user: string, from = ''): string => `${from} ${user}`;

/** What holds for a while, of a bounded number of things: the oldest goes first. */
class Recent<T> {
  readonly #for: number;
  readonly #now: () => number;
  readonly #items = new Map<string, { readonly value: T; readonly until: number }>();

  constructor(holds: number, now: () => number) {
    this.#for = holds;
    this.#now = now;
  }

  get(key: string): T | undefined {
    const item = this.#items.get(key);
    return item !== undefined && item.until > this.#now() ? item.value : undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: T): void {
    const now = this.#now();
    this.#items.delete(key);
    this.#items.set(key, { value, until: now + this.#for });
    for (const [oldest, { until }] of this.#items) {
      if (until > now && this.#items.size <= MOST_REMEMBERED) break;
      this.#items.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#items.delete(key);
  }
}
