// The live page of a program in one file, which runs where nothing else is: the page's files are in that file.
import assert from 'node:assert/strict';
import { createPool } from 'node-mysqlpool';
import { startMonitor } from 'node-mysqlpool/monitor';

async function get(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return response.text();
}

async function look() {
  const pool = createPool('mysql://app@localhost/shop', { name: 'bundled' });
  const monitor = await startMonitor({ port: 0 });
  const page = await get(monitor.url);
  const files = [...page.matchAll(/ (?:src|href)="([\w./]+)"/g)].map(([, path]) => path);
  assert.ok(files.includes('main.js') && files.includes('page.css'), files.join());
  for (const file of files) assert.ok((await get(new URL(file, monitor.url))).length > 0, file);
  assert.match(await get(new URL('api/report', monitor.url)), /"bundled"/);
  await monitor.close();
  await pool.close();
}

void look().then(() => console.log('ok'));
