// The public API as its users write it; compiled and run by every compiler and setup of the matrix.
import { decorate } from './decorators.js';
import { lend } from './lend.js';

async function main(): Promise<void> {
  await lend();
  await decorate();
  console.log('ok');
}

void main();
