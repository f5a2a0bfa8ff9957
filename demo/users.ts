import { createHash } from 'node:crypto';

/** The FTP server's users are numbered from 1; names and passwords follow from the number. */
export const userName = (user: number): string => `user-${user}`;
export const passwordOf = (user: number): string => `open-sesame-${user}`;

/** Good enough for a demo; real passwords need a slow hash. */
export const hashPassword = (salt: string, password: string): string =>
  createHash('sha256').update(`${salt}:${password}`).digest('hex');
