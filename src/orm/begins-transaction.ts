const BEGIN = /^\s*(?:begin|start\s+transaction|set\s+transaction)\b/i;

/**
 * Whether a statement begins a transaction, or sets the characteristics of the next one. Some ORMs forget their
 * connection when such a statement fails.
 */
export const beginsTransaction = (sql: unknown): boolean => typeof sql === 'string' && BEGIN.test(sql);
