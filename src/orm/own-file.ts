import { join } from 'node:path';

/** Where packages are looked for beside ours. In a bundle of ES modules there is no file of ours; the program's folder is. */
export const ownFile: string = typeof __filename === 'string' ? __filename : join(process.cwd(), 'any.js');
