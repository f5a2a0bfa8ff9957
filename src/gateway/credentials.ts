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
  /** A file of those who may log in, and their passwords; see `UsersFile`. @default whoever the server lets in */
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
  /** Tells when who tries has gone, and is not asked for any more. It is called only if somebody has to wait. */
  readonly signal?: () => AbortSignal;
}

/** What the server has let in. */
interface Proven {
  password: Password;
  provenAt: number;
}

/** An account may have two passwords at a time, while one takes the place of the other (MySQL's RETAIN CURRENT PASSWORD). */
const MOST_PASSWORDS = 2;

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
  /** The latest to be learned comes first. */
  readonly #proven = new Map<string, readonly Proven[]>();
  readonly #probes: Probes;
  /** The server's words for a password that it has refused. */
  readonly #refused: Recent<ErrorPacket>;
  /** Users with an address from where they were wrong. */
  readonly #wrong: Recent<true>;
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

  /** How many passwords the server is asked about, or is to be. */
  get asking(): number {
    return this.#probes.size;
  }

  /** What a client's answer can be compared with. Undefined: its password must be asked for. */
  known(user: string, from?: string): KnownPassword | undefined {
    const written = this.#users?.get(user);
    if (this.#users !== undefined && written === undefined) return undefined;
    const proven = this.#proven.get(user)?.map(({ password }) => password);
    // Of a hash alone there is nothing to compare with.
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

  /** What to log in with at the server: the latest that it took; undefined when none is known. */
  password(user: string): Password | undefined {
    return this.#proven.get(user)?.[0]?.password ?? this.#users?.get(user)?.password;
  }

  /**
   * Whether a client is let in: with undefined, or with the error that it is told.
   * @param password that it has told, or proven to know
   * @param prove logs in at the server. What it rejects with, and an error that is not about the account, is told to
   *   those who wait, and nothing follows from it
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
      // Early enough that nobody has to wait for it.
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

  /** Nobody waits for the answer, nor is told that there was none. */
  #askAgain(user: string, password: Password, prove: Prove): void {
    this.#ask(user, password, prove).catch(() => undefined);
  }

  #took(user: string, password: Password, prove: Prove): void {
    const isNew = this.#find(user, password) === undefined;
    this.proved(user, password);
    // Another one that was right before may be right no more: who brings it waits for the answer.
    const [, ...others] = isNew ? this.#proven.get(user)! : [];
    for (const other of others) {
      other.provenAt = -Infinity;
      this.#askAgain(user, other.password, prove);
    }
  }

  #find(user: string, password: Password): Proven | undefined {
    return this.#proven.get(user)?.find((proven) => proven.password.equals(password));
  }

  /** The server has let the account in with it. */
  proved(user: string, password: Password): void {
    this.#know(user, password, this.#now());
  }

  /** As `proved`, of one that is known: what was refused meanwhile stays so. */
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
    // Of the same password, its hash is less than all of it.
    if (password.reveal() !== undefined) proven.password = password;
  }

  /** The server has refused the account with this password; without it: whatever is known of the account is forgotten. */
  refused(user: string, password?: Password): void {
    const left = this.#proven
      .get(user)
      ?.filter((proven) => password !== undefined && !proven.password.equals(password));
    if (left === undefined || left.length === 0) this.forget(user);
    else this.#proven.set(user, left);
  }

  /** The next login of the account has to tell its password, and the server is asked. */
  forget(user: string): void {
    this.#proven.delete(user);
  }
}

function provesNative(written: FileUser, scramble: Buffer, answer: Buffer): Password | undefined {
  const sha1 = sha1Of(written.nativeHash ?? nativeHash(written.password), scramble, answer);
  return sha1 && (written.password ?? Password.ofSha1(sha1));
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
