// npm run build: the library module by module, with its declarations, into dist/; `npm run package` makes what is published
import { compile } from './setup.mjs';

await compile('src');
