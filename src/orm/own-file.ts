import { join } from 'node:path';

/**
 * The file from which packages are resolved. In a bundle of ES modules there is no `__filename`, so the working
 * directory is used.
 */
export const ownFile: string = typeof __filename === 'string' ? __filename : join(process.cwd(), 'any.js');
