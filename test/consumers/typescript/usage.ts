// The public API as its users write it; compiled and run by every compiler and setup of the matrix.
import { connect } from './connect.js';
import { decorate } from './decorators.js';
import { lend } from './lend.js';
import { configured } from './settings.js';

async function main(): Promise<void> {
  await lend();
  await decorate();
  await connect();
  await configured();
  console.log('ok');
}

void main();
