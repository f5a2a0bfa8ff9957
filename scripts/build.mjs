// npm run build: everything that is shipped, into dist/
import { compile, leaveOutComments } from './setup.mjs';

await compile('src');
await leaveOutComments();
