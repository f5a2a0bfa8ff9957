export { startOwnServer, startServer } from './start-server.js';
export { OwnServer } from './own-server.js';
export { freshDatabase } from './fresh-database.js';
export type { FreshDatabase } from './fresh-database.js';
export { consoleProgress, endProgress } from './progress.js';
export { RedisServer } from './redis-server.js';
export { SERVER_KINDS } from './test-server.js';
export type { Row, ServerKind, ServerOptions, TestServer } from './test-server.js';
