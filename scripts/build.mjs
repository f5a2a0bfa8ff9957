// npm run build: compiles the library module by module, with declarations, into dist/. What is published is made by
// `npm run package`.
import { compile } from './setup.mjs';

await compile('src');
