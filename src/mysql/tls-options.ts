import { didYouMean, PoolOptionError } from '../pool/index.js';

/** All properties of `ssl` that mysql2 reads. It silently ignores any other, even if Node's TLS knows it. */
export const TLS_OPTION_NAMES = [
  'ca', 'cert', 'key', 'passphrase', 'ciphers', 'minVersion', 'maxVersion', 'rejectUnauthorized', 'verifyIdentity',
] as const; // prettier-ignore

/** The equivalents of TLS options that other libraries or Node have. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['check_hostname', 'here it is verifyIdentity'],
  ['checkServerIdentity', 'mysql2 never calls it; verifyIdentity: true compares the certificate with the host'],
  ['servername', 'mysql2 always takes the host'],
  ['cipher', 'here it is ciphers'],
  ['capath', 'give the contents of one file with all authorities as ca'],
  ['pfx', 'mysql2 does not read it; give cert and key in PEM'],
  ['crl', 'mysql2 does not look for revoked certificates'],
  ['secureContext', 'mysql2 makes its own; give ca, cert and key'],
  ['secureProtocol', 'mysql2 does not read it; give minVersion and maxVersion'],
  ['require', 'with ssl, TLS is required in any case'],
  ['mode', 'with ssl, TLS is required; rejectUnauthorized and verifyIdentity say what is checked'],
  ['sslmode', 'with ssl, TLS is required; rejectUnauthorized and verifyIdentity say what is checked'],
]);

/** Why a name in `ssl` is refused. `more` are further names that are accepted in that place. */
export function tlsRefusal(name: string, more: readonly string[] = []): string {
  const instead = INSTEAD.get(name);
  return instead === undefined ? didYouMean(name, [...TLS_OPTION_NAMES, ...more]) : `: ${instead}`;
}

/**
 * Refuses unknown names in `ssl`: a misspelt one would disable a check, and a wrong certificate would be accepted.
 * @throws PoolOptionError
 */
export function checkTlsOptions(pool: string, ssl: unknown): void {
  if (typeof ssl !== 'object' || ssl === null) return;
  for (const name of Object.getOwnPropertyNames(ssl)) {
    if ((TLS_OPTION_NAMES as readonly string[]).includes(name) || Reflect.get(ssl, name) === undefined) continue;
    throw new PoolOptionError(pool, `ssl.${name}`, `unknown option "ssl.${name}"${tlsRefusal(name)}`);
  }
  // Copies of the object, as this package makes them, would lack what it inherits.
  const inherited = inheritedNames(ssl).find((name) => Reflect.get(ssl, name) !== undefined);
  if (inherited === undefined) return;
  const told = `ssl.${inherited} is inherited from a prototype; set it on the object itself`;
  throw new PoolOptionError(pool, `ssl.${inherited}`, told);
}

/** The names that an object has from its prototypes, except for what every object has and for methods. */
function inheritedNames(ssl: object): string[] {
  const names: string[] = [];
  for (let from = Reflect.getPrototypeOf(ssl); from !== null; from = Reflect.getPrototypeOf(from)) {
    // The prototype of all plain objects, also of those of another realm.
    if (Reflect.getPrototypeOf(from) === null && Object.hasOwn(from, 'hasOwnProperty')) break;
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(from)))
      if (typeof value !== 'function' && !Object.hasOwn(ssl, name)) names.push(name);
  }
  return names;
}
