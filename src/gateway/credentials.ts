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
  /** A file of the users that may log in, and their passwords; see `UsersFile`. @default all that the server accepts */
  readonly users?: string | undefined;
  /**
   * How long (ms) a password that the server has accepted is trusted without asking again. A login in the second half
   * of that time has the server asked in the background; a later one waits for the server's answer. @default 60 000
   */
  readonly recheckAfter?: number;
  /** How long (ms) a password that the server has refused is refused without asking. @default 1 000 */
  readonly refusedFor?: number;
  /** For how many accounts at once passwords are checked at the server. @default 8 */
  readonly maxProbes?: number;
  /** A clock in ms. */
  readonly now?: () => number;
}

/** The origin of a login. */
export interface Attempt {
  /** The client's address. After a wrong password from there, the server alone decides: see `Credentials`. */
  readonly from?: string;
  /** Returns a signal that is aborted when the client disconnects. Called only if the client has to wait. */
  readonly signal?: () => AbortSignal;
}

/** A password that the server has accepted. */
interface Proven {
  password: Password;
  provenAt: number;
}

/** An account may have two passwords during a change of password (MySQL's RETAIN CURRENT PASSWORD). */
const MOST_PASSWORDS = 2;

/** Most refused passwords, and most wrong origins, that are remembered. */
const MOST_REMEMBERED = 1_000;

/**
 * The passwords of accounts, learned when the server accepts them. They are kept in memory only, in private fields.
 *
 * A client that proves a learned password is accepted without asking the server, for `recheckAfter`; then the server is
 * asked again. An unknown password is tried at the server: one password of an account at a time, and clients with the
 * same password share the answer. A password cannot be guessed faster here than at the server: after a wrong one,
 * logins of that user from that address are decided by the server alone for `refusedFor`, and the same wrong password
 * is refused without asking.
 */
export class Credentials {
  readonly #users: UsersFile | undefined;
  readonly #recheckAfter: number;
  readonly #now: () => number;
  /** Accepted passwords of each user, the latest first. */
  readonly #proven = new Map<string, readonly Proven[]>();
  readonly #probes: Probes;
  /** The server's errors for refused passwords, by keyed hash of user and password. */
  readonly #refused: Recent<ErrorPacket>;
  /** Users that have sent a wrong password, with the address it came from. */
  readonly #wrong: Recent<true>;
  /** The key of these hashes, so that a memory dump does not reveal mistyped passwords by plain hashes. */
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

  /** The users file, if one was given. */
  get users(): UsersFile | undefined {
    return this.#users;
  }

  /** How many passwords are being checked at the server, or are queued for that. */
  get asking(): number {
    return this.#probes.size;
  }

  /** The passwords to compare a client's answer with. Undefined: the client must be asked for its password. */
  known(user: string, from?: string): KnownPassword | undefined {
    const written = this.#users?.get(user);
    if (this.#users !== undefined && written === undefined) return undefined;
    const proven = this.#proven.get(user)?.map(({ password }) => password);
    // The fast authentication cannot be checked against a hash alone.
    const whole = (proven ?? [written?.password]).filter((password) => password?.reveal() !== undefined);
    if (whole.length === 0 && written === undefined) return undefined;
    const place = placeOf(user, from);
    return {
      provesSha2: (scramble, answer) => {
        if (whole.length === 0 || this.#wrong.has(place)) return undefined;
        const right = whole.find((password) => provesSha2(sha2Digest(password!.reveal()!), scramble, answer));
        if (right === undefined) this.#wrong.set(place, true);
        return right;
      },
      provesNative: written && ((scramble, answer) => provesNative(written, scramble, answer)),
    };
  }

  /** The password to log in to the server with: the latest accepted one; undefined if none is known. */
  password(user: string): Password | undefined {
    return this.#proven.get(user)?.[0]?.password ?? this.#users?.get(user)?.password;
  }

  /**
   * Checks a client's password. Resolves with undefined if it is right, otherwise with the error for the client.
   * @param password the password that the client has told or proven
   * @param prove logs in to the server. If it rejects, or returns an error that is not about the account, the waiting
   *   clients are told so, but nothing is concluded about the password
   */
  async check(
    user: string,
    password: Password,
    prove: Prove,
    { from, signal }: Attempt = {},
  ): Promise<ErrorPacket | undefined> {
    if (this.#users !== undefined && this.#users.get(user) === undefined)
      return accessDenied(user, from ?? 'localhost', !password.isEmpty);
    const place = placeOf(user, from);
    const proven = this.#find(user, password);
    const age = proven === undefined ? Infinity : this.#now() - proven.provenAt;
    if (proven !== undefined && age < this.#recheckAfter && !this.#wrong.has(place)) {
      // Asked in the background, before the time is up and clients would have to wait for it.
      if (age >= this.#recheckAfter / 2) this.#askAgain(user, password, prove);
      this.#know(user, password, proven.provenAt);
      return undefined;
    }
    if (proven === undefined && this.#proven.has(user)) this.#wrong.set(place, true);
    const refusal = await this.#ask(user, password, prove, signal?.());
    if (refusal === undefined) this.#wrong.delete(place);
    else this.#wrong.set(place, true);
    return refusal;
  }

  async #ask(user: string, password: Password, prove: Prove, signal?: AbortSignal): Promise<ErrorPacket | undefined> {
    const key = createHmac('sha256', this.#key).update(password.sha1()).update(user).digest('base64');
    const ask = async (): Promise<ErrorPacket | undefined> => {
      const error = await prove(password);
      if (error === undefined) this.#took(user, password, prove);
      else if (classifyOpenFailure(error) === 'fatal') {
        this.#refused.set(key, error);
        this.refused(user, password);
      }
      return error;
    };
    return this.#refused.get(key) ?? this.#probes.ask(user, key, ask, signal);
  }

  /** Asks the server in the background, ignoring failures. */
  #askAgain(user: string, password: Password, prove: Prove): void {
    this.#ask(user, password, prove).catch(() => undefined);
  }

  #took(user: string, password: Password, prove: Prove): void {
    const isNew = this.#find(user, password) === undefined;
    this.proved(user, password);
    // The password was changed: an older one may be wrong now, and is not trusted until the server is asked again.
    const [, ...others] = isNew ? this.#proven.get(user)! : [];
    for (const other of others) {
      other.provenAt = -Infinity;
      this.#askAgain(user, other.password, prove);
    }
  }

  #find(user: string, password: Password): Proven | undefined {
    return this.#proven.get(user)?.find((proven) => proven.password.equals(password));
  }

  /** The server has accepted a login with this password. */
  proved(user: string, password: Password): void {
    this.#know(user, password, this.#now());
  }

  /** As `proved`, but ignores a password that is no longer known, since it was refused meanwhile. */
  confirmed(user: string, password: Password): void {
    if (this.#find(user, password) !== undefined) this.proved(user, password);
  }

  #know(user: string, password: Password, provenAt: number): void {
    const proven = this.#find(user, password);
    if (proven === undefined) {
      const others = this.#proven.get(user) ?? [];
      this.#proven.set(user, [{ password, provenAt }, ...others].slice(0, MOST_PASSWORDS));
      return;
    }
    proven.provenAt = provenAt;
    // Keeps the whole password rather than only its hash.
    if (password.reveal() !== undefined) proven.password = password;
  }

  /** The server has refused a login with this password. Without `password`, all passwords of the user are forgotten. */
  refused(user: string, password?: Password): void {
    const left = this.#proven
      .get(user)
      ?.filter((proven) => password !== undefined && !proven.password.equals(password));
    if (left === undefined || left.length === 0) this.forget(user);
    else this.#proven.set(user, left);
  }

  /** Forgets the user's passwords: the next client must tell its password, and the server is asked. */
  forget(user: string): void {
    this.#proven.delete(user);
  }
}

function provesNative(written: FileUser, scramble: Buffer, answer: Buffer): Password | undefined {
  const sha1 = sha1Of(written.nativeHash ?? nativeHash(written.password), scramble, answer);
  return sha1 && (written.password ?? Password.ofSha1(sha1));
}

const placeOf = (user: string, from = ''): string => `${from} ${user}`;

/** A map whose items expire after a fixed time, of bounded size: the oldest item is dropped first. */
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
