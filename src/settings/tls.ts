import { readFileSync } from 'node:fs';
import { TLS_OPTION_NAMES, tlsRefusal } from '../mysql/tls-options.js';
import { below, expected, flagAt, objectAt, oneOfAt, refuse, textAt } from './values.js';

/** Options that are given as a file path, as in MySQLdb, or as the contents of the file. */
const FILES = ['ca', 'cert', 'key'];
const MODES = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const;

/**
 * Reads `ssl`: file paths as in MySQLdb, or mysql2's options, the name of a mysql2 profile, or file contents.
 * @throws SettingsError
 */
export function readTls(path: string, value: unknown, mode: unknown): unknown {
  // A string is the name of a mysql2 profile.
  if (typeof value === 'string') return value;
  const given = objectAt(path, value);
  const options: Record<string, unknown> = { ...(typeof mode === 'object' ? mode : {}) };
  for (const [name, part] of Object.entries(given)) {
    const at = below(path, name);
    if (FILES.includes(name)) options[name] = contents(at, part);
    else if (name === 'cipher') options['ciphers'] = textAt(at, part);
    else if (name === 'capath')
      refuse(at, 'folders of certificates are not read: name one file with all of them in "ca"');
    else if (name === 'check_hostname') options['verifyIdentity'] = flagAt(at, part);
    else if ((TLS_OPTION_NAMES as readonly string[]).includes(name)) options[name] = part;
    else refuse(at, `unknown option${tlsRefusal(name, ['cipher', 'check_hostname'])}`);
  }
  return options;
}

/** Converts `ssl_mode`, as the MySQL client has it, to mysql2's `ssl`. @throws SettingsError */
export function readTlsMode(path: string, value: unknown, driver: Record<string, unknown>): void {
  const mode = oneOfAt(path, value, MODES);
  if (mode === 'PREFERRED') refuse(path, 'mysql2 either uses TLS or does not: choose "REQUIRED" or "DISABLED"');
  if (mode === 'DISABLED') {
    if (driver['ssl'] !== undefined) refuse(path, '"DISABLED" contradicts ssl');
    return;
  }
  const verify = { rejectUnauthorized: mode !== 'REQUIRED', verifyIdentity: mode === 'VERIFY_IDENTITY' };
  driver['ssl'] = { ...verify, ...(typeof driver['ssl'] === 'object' ? driver['ssl'] : {}) };
}

function contents(path: string, value: unknown): unknown {
  if (Buffer.isBuffer(value) || Array.isArray(value)) return value;
  if (typeof value !== 'string') return expected(path, 'the path of a file, or its contents', value);
  if (value.includes('-----BEGIN')) return value;
  try {
    return readFileSync(value, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    // Not shown in the message if it may be a malformed key rather than a path.
    const file = value.length < 200 && !value.includes('\n') ? ` ${JSON.stringify(value)}` : '';
    return refuse(path, `the file${file} cannot be read (${code})`);
  }
}
