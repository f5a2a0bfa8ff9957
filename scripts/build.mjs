// npm run build: everything that is shipped, into dist/
import { compile } from './setup.mjs';

await compile('src');
