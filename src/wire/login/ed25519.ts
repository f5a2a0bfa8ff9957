/**
 * Signatures of MariaDB's client_ed25519. They are Ed25519 signatures, except that the key is expanded from a password
 * of any length instead of a seed of 32 bytes, which node:crypto does not support. So the arithmetic is implemented
 * here: it needs only multiples of the curve's base point, which are computed in the same steps whatever the secret is
 * (as far as BigInt arithmetic is independent of its values).
 */
import { createHash } from 'node:crypto';

const P = (1n << 255n) - 19n;
/** The order of the base point. */
const L = (1n << 252n) + 27742317777372353535851937790883648493n;

const LOW_BITS = (1n << 255n) - 1n;

/**
 * `value` modulo P, by way of 2^255 ≡ 19, which is three times as fast as a division. Right for all values that occur
 * here, negative ones included.
 */
function mod(value: bigint): bigint {
  const once = (value & LOW_BITS) + 19n * (value >> 255n);
  const twice = (once & LOW_BITS) + 19n * (once >> 255n);
  if (twice < 0n) return twice + P;
  return twice >= P ? twice - P : twice;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let at = exponent, square = base; at > 0n; at >>= 1n, square = mod(square * square))
    if ((at & 1n) === 1n) result = mod(result * square);
  return result;
}

const inverse = (value: bigint): bigint => power(value, P - 2n);

const D = mod(-121665n * inverse(121666n));

/** A point of the curve in extended coordinates: x = X/Z, y = Y/Z, T = XY/Z. */
interface Point {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
  readonly T: bigint;
}

const pointOf = (x: bigint, y: bigint): Point => ({ X: x, Y: y, Z: 1n, T: mod(x * y) });

const NEUTRAL = pointOf(0n, 1n);
const BASE = pointOf(
  15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  46316835694926478169428394003475163141307993866256225615783033603165251855960n,
);

/** The sum of any two points, also of equal ones. */
function add(p: Point, q: Point): Point {
  const a = (p.Y - p.X) * (q.Y - q.X);
  const b = (p.Y + p.X) * (q.Y + q.X);
  const c = mod(2n * p.T * q.T) * D;
  const d = 2n * p.Z * q.Z;
  const e = mod(b - a);
  const f = mod(d - c);
  const g = mod(d + c);
  const h = mod(b + a);
  return { X: mod(e * f), Y: mod(g * h), Z: mod(f * g), T: mod(e * h) };
}

/** For each four bits of a scalar, from the lowest: the base point times their 16 values. Computed on first use. */
let multiples: readonly (readonly Point[])[] | undefined;

function makeMultiples(): Point[][] {
  const rows: Point[][] = [];
  for (let base = BASE; rows.length < 64;) {
    const row = [NEUTRAL];
    while (row.length < 16) row.push(add(row.at(-1)!, base));
    base = add(row.at(-1)!, base);
    rows.push(row);
  }
  return rows;
}

/** The base point times a number below 2^256, as 32 bytes. */
function timesBase(scalar: bigint): Buffer {
  multiples ??= makeMultiples();
  let sum = NEUTRAL;
  // Adds a point for each group of four bits, also when they are 0, so that all scalars take the same steps.
  for (const [at, row] of multiples.entries()) sum = add(sum, row[Number((scalar >> BigInt(4 * at)) & 15n)]!);
  const shrink = inverse(sum.Z);
  return bytesOf(mod(sum.Y * shrink) | ((mod(sum.X * shrink) & 1n) << 255n));
}

const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

const sha512 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

function secretScalar(expanded: Buffer): bigint {
  const low = Buffer.from(expanded.subarray(0, 32));
  low[0]! &= 248;
  low[31] = (low[31]! & 63) | 64;
  return numberOf(low);
}

/** The public key of 32 bytes that a server stores of a password; MariaDB writes it in base64, without the '='. */
export function ed25519PublicKey(password: Buffer): Buffer {
  return timesBase(secretScalar(sha512(password)));
}

/** A client's answer under client_ed25519: a signature of the server's scramble, 64 bytes. */
export function ed25519Answer(password: Buffer, scramble: Buffer): Buffer {
  const expanded = sha512(password);
  const secret = secretScalar(expanded);
  const once = numberOf(sha512(expanded.subarray(32), scramble)) % L;
  const commitment = timesBase(once);
  const challenge = numberOf(sha512(commitment, timesBase(secret), scramble)) % L;
  return Buffer.concat([commitment, bytesOf((once + challenge * secret) % L)]);
}
