import { readFileSync } from 'node:fs';
import { didYouMean } from '../pool/index.js';
import { Password } from '../wire/index.js';
import { FileContents } from './file-contents.js';

/** The entry of one user: the password, or its hash as MariaDB stores it under mysql_native_password. */
export type FileUser =
  | { readonly password: Password; readonly nativeHash?: undefined }
  | { readonly nativeHash: Buffer; readonly password?: undefined };

const FORMS = ['password', 'nativeHash'] as const;
/** As servers show it: `*` and SHA1(SHA1(password)) in hexadecimal. */
const NATIVE_HASH = /^\*?([0-9a-f]{40})$/i;

/** The users file cannot be used. The message quotes nothing of the file but the name of a user. */
export class UsersFileError extends Error {
  override readonly name = 'UsersFileError';
  readonly file: string;

  constructor(file: string, why: string) {
    super(`option "users": ${file} ${why}`);
    this.file = file;
  }
}

/**
 * The users that may log in, with their passwords, as JSON:
 * `{ "app": "its password", "old": { "nativeHash": "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7" } }`.
 * Clients that support only mysql_native_password need it, as they cannot send their password. The file is read again
 * when it has changed; if that fails, the earlier contents stay in use.
 */
export class UsersFile {
  readonly #contents: FileContents<ReadonlyMap<string, FileUser>>;

  /** @throws UsersFileError */
  constructor(file: string, now?: () => number) {
    this.#contents = new FileContents([file], () => readUsers(file), now);
  }

  /** Why the present contents of the file are not used; undefined if they are. */
  get failure(): Error | undefined {
    return this.#contents.failure;
  }

  get(user: string): FileUser | undefined {
    return this.#contents.current().get(user);
  }

  /** Reads the file at once. */
  reload(): void {
    this.#contents.reload();
  }
}

function readUsers(file: string): ReadonlyMap<string, FileUser> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsersFileError(file, `cannot be read: ${(error as Error).message}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // The parser's message is not shown, as it quotes the file.
    throw new UsersFileError(file, `is no JSON${placeIn(text, (error as Error).message)}`);
  }
  if (!isObject(parsed)) throw new UsersFileError(file, 'must hold an object of users: { "user": "password" }');
  return new Map(Object.entries(parsed).map(([user, value]) => [user, fileUser(file, user, value)]));
}

/** The line at which the JSON is invalid, if the parser tells. */
function placeIn(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? '' : `: see line ${text.slice(0, Number(position)).split('\n').length}`;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fileUser(file: string, user: string, value: unknown): FileUser {
  const refuse = (why: string): never => {
    throw new UsersFileError(file, `user ${JSON.stringify(user)}: ${why}`);
  };
  if (typeof value === 'string') return { password: Password.of(value) };
  const [form, ...others] = isObject(value) ? Object.keys(value) : [];
  if (!isObject(value) || form === undefined || others.length > 0)
    return refuse('expected a password, or an object with "password" or "nativeHash"');
  const secret = value[form];
  if (form === 'password')
    return typeof secret === 'string' ? { password: Password.of(secret) } : refuse('expected a text as "password"');
  if (form !== 'nativeHash') return refuse(`expected "password" or "nativeHash"${didYouMean(form, FORMS)}`);
  const hash = typeof secret === 'string' ? NATIVE_HASH.exec(secret)?.[1] : undefined;
  return hash === undefined
    ? refuse('expected "*" and 40 hexadecimal digits as "nativeHash", as mysql_native_password has them')
    : { nativeHash: Buffer.from(hash, 'hex') };
}
