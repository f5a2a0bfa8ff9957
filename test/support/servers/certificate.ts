import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * PEM texts for a TLS server on this machine. The authority's private key is not kept: it signs this certificate only.
 */
export interface TlsFiles {
  readonly 'ca.pem': string;
  readonly 'server-cert.pem': string;
  readonly 'server-key.pem': string;
}

/**
 * Makes a certificate authority and a certificate signed by it for one name and one IPv4 address, valid for ten years.
 * The DER is written by hand, since Node has no API that creates certificates.
 */
export function makeTlsFiles(name = 'localhost', address = '127.0.0.1'): TlsFiles {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = 'mysqlpool test authority';
  const isAuthority = [
    critical('551d13', sequence(der(0x01, Buffer.from([0xff])))),
    // Key usage: signs certificates and revocation lists. Strict clients require it.
    critical('551d0f', der(0x03, Buffer.from([1, 0b0000_0110]))),
    extension('551d0e', der(0x04, keyId(authority.publicKey))),
  ];
  const signer = extension('551d23', sequence(der(0x80, keyId(authority.publicKey))));
  const names = extension(
    '551d11',
    sequence(der(0x82, Buffer.from(name)), der(0x87, Buffer.from(address.split('.').map(Number)))),
  );
  return {
    'ca.pem': certificate(issuer, issuer, authority.publicKey, isAuthority, authority.privateKey),
    'server-cert.pem': certificate(issuer, name, server.publicKey, [names, signer], authority.privateKey),
    'server-key.pem': server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));

function certificate(issuer: string, subject: string, key: KeyObject, extensions: Buffer[], signer: KeyObject): string {
  const now = Date.now();
  const day = 86_400_000;
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer),
    sequence(time(new Date(now - day)), time(new Date(now + 3650 * day))),
    distinguishedName(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]));
  const lines =
    sequence(body, ECDSA_WITH_SHA256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** One value in DER: tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), der(0x04, value));
}

function critical(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), der(0x01, Buffer.from([0xff])), der(0x04, value));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replaceAll(/\D/g, '').slice(2, 14)}Z`));
}
