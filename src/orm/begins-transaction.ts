const BEGIN = /^\s*(?:begin|start\s+transaction|set\s+transaction)\b/i;

/** Whether a statement begins a transaction, or prepares for one: an ORM forgets its connection when that fails. */
export const beginsTransaction = (sql: unknown): boolean => typeof sql === 'string' && BEGIN.test(sql);
