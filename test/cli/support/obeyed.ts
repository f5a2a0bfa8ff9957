/** What terminals obey: control characters of both kinds, and what turns the direction of the line. */
export const OBEYED: RegExp = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;
