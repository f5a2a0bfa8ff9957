// node scripts/screenshot.mjs [--no-setup] [--seconds N] [--all FOLDER] Takes the screenshot of the monitor's page for
// the documentation, with a program in trouble on a real server. With --all, further screenshots go into a folder:
// light and dark, desktop and phone.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, installPackages, root } from './setup.mjs';
import { smallerPng } from './smaller-png.mjs';

const { values } = parseArgs({
  options: {
    'no-setup': { type: 'boolean' },
    seconds: { type: 'string', default: '310' },
    all: { type: 'string' },
  },
});
if (!values['no-setup']) await installPackages();
await compile('test');
const require = createRequire(import.meta.url);
const { freshDatabase, startServer } = require(join(root, '.build/test/support/servers/index.js'));
const { TestBrowser } = require(join(root, '.build/test/monitor/page/support/browser.js'));

const server = await startServer('mariadb');
const database = await freshDatabase(server);
const shop = fork(join(root, '.build/test/monitor/page/support/shop.js'), [database.url]);
const browser = await TestBrowser.launch();
try {
  const [url] = await once(shop, 'message');
  console.log(`${url} for ${values.seconds} s`);
  // Waits until the charts have data; they show the last five minutes.
  await new Promise((resolve) => setTimeout(resolve, Number(values.seconds) * 1000));
  await picture(url, join(root, 'docs/monitoring/monitor.png'), { viewport: { width: 1360, height: 1180 } });
  if (values.all !== undefined) await everything(url, values.all);
} finally {
  await browser[Symbol.asyncDispose]();
  shop.kill('SIGKILL');
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
}

async function picture(url, file, options, isWhole = false) {
  const watched = await browser.open(url, options);
  const page = await watched.live();
  await page.locator('.chart canvas').nth(1).waitFor();
  await page.getByRole('link', { name: 'orders' }).last().click();
  await page.getByRole('heading', { name: 'orders', level: 2 }).waitFor();
  await page.evaluate('scrollTo(0, 0); document.activeElement.blur()');
  // Waits for two reports, so that the page also has figures of the server.
  await page.waitForTimeout(2_500);
  const taken = await page.screenshot({ fullPage: isWhole });
  const small = smallerPng(taken);
  writeFileSync(file, small);
  console.log(`${file}: ${Math.round(small.length / 1024)} KiB`);
  await watched[Symbol.asyncDispose]();
}

async function everything(url, folder) {
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    for (const [name, width, height] of [
      ['desk', 1440, 1000],
      ['phone', 360, 740],
    ]) {
      const options = { colorScheme, viewport: { width, height } };
      await picture(url, join(folder, `${name}-${colorScheme}.png`), options);
      await picture(url, join(folder, `${name}-${colorScheme}-whole.png`), options, true);
    }
  }
}
