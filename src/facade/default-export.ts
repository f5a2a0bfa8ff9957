/**
 * Makes a module its own default export, which TypeScript asks for when it compiles `import mysql from` to CommonJS.
 * mysql2 does not need this, because it is not marked as a compiled ES module.
 */
export function exportAsDefault(exports: object): void {
  Object.defineProperty(exports, 'default', { value: exports });
}
