/**
 * Characters that terminals act on instead of showing them: C0 and C1 controls, and those that change the text
 * direction.
 */
export const OBEYED: RegExp = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;
