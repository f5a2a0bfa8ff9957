import { join } from 'node:path';

/** Where fetched servers and data templates are kept: git-ignored, at the root of the repository, safe to delete. */
export const cacheFolder = join(__dirname, '../../../../.servers');
