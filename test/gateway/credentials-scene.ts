import assert from 'node:assert/strict';
import { Credentials, type CredentialsOptions } from '#internal/gateway/credentials.js';
import { newScramble, Password, type ErrorPacket } from '#internal/wire/index.js';
import { sha2Answer } from '#internal/wire/login/scrambles.js';

/** A fake server whose answers tests give one by one, and a clock that does not advance on its own. */
export class Scene {
  now = 1_000_000;
  /** The passwords that the server was asked to check, in order; `answer` answers each. */
  readonly asked: string[] = [];
  readonly #open: { resolve(error: ErrorPacket | undefined): void; reject(error: Error): void }[] = [];
  most = 0;
  readonly credentials: Credentials;

  constructor(options: CredentialsOptions = {}) {
    this.credentials = new Credentials({ ...options, now: () => this.now });
  }

  /** The number of checks that were not answered yet. */
  get waiting(): number {
    return this.#open.length;
  }

  readonly prove = (password: Password): Promise<ErrorPacket | undefined> => {
    this.asked.push(password.reveal()?.toString() ?? `sha1 ${password.sha1().toString('hex')}`);
    return new Promise((resolve, reject) => {
      this.#open.push({ resolve, reject });
      this.most = Math.max(this.most, this.#open.length);
    });
  };

  check(password: Password | string, from = 'here', user = 'app'): Promise<ErrorPacket | undefined> {
    const given = typeof password === 'string' ? Password.of(password) : password;
    return this.credentials.check(user, given, this.prove, { from });
  }

  /** Answers the oldest check, and lets the consequences happen. */
  async answer(error?: ErrorPacket | Error): Promise<void> {
    await turns();
    const question = this.#open.shift();
    assert.ok(question, 'the server was asked nothing');
    if (error instanceof Error) question.reject(error);
    else question.resolve(error);
    await turns();
  }

  /** Makes the password of an account known, by a successful check. */
  async learn(password = 'right', user = 'app'): Promise<void> {
    const checked = this.check(password, 'here', user);
    await this.answer();
    assert.equal(await checked, undefined);
    this.asked.length = 0;
  }

  /** The password, if a client that proves it by its hash (the fast path of caching_sha2_password) is accepted. */
  proven(password: string, from = 'here'): Password | undefined {
    const scramble = newScramble();
    const answer = sha2Answer(Buffer.from(password), scramble);
    const proven = this.credentials.known('app', from)?.provesSha2(scramble, answer);
    assert.ok(proven === undefined || proven.reveal()!.toString() === password);
    return proven;
  }

  proves(password: string, from?: string): boolean {
    return this.proven(password, from) !== undefined;
  }
}

/** Lets everything happen that needs neither the server nor the clock. */
export const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
