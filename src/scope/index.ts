export { autoCloseDb, type AutoCloseDb, type AutoClosed } from './auto-close-db.js';
