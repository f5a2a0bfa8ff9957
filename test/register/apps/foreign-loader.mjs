// A loader of somebody else's, which gives Node the source of CommonJS modules itself.
import { register } from 'node:module';

register('./foreign-loader-hooks.mjs', import.meta.url);
