import type { TestServer } from '#support/servers/index.js';
import type { DemoDatabase } from './database.js';
import type { DemoOptions } from './options.js';
import type { Progress } from './progress.js';

/** What all acts share. */
export interface Stage {
  readonly options: DemoOptions;
  readonly server: TestServer;
  readonly database: DemoDatabase;
  readonly maxConnections: number;
  readonly progress: Progress;
}
