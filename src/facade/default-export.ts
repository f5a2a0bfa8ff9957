/**
 * Makes a module its own default export: that is what `import mysql from` asks for where TypeScript compiles it to
 * CommonJS. mysql2 has no need of it, as it does not look like a compiled ES module.
 */
export function exportAsDefault(exports: object): void {
  Object.defineProperty(exports, 'default', { value: exports });
}
