/** How the page comes back after a break: with pauses that double, not at all with a wrong token, at once when told to. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startMonitor, type Monitor } from 'node-mysqlpool/monitor';
import type { Route } from 'playwright-core';
import { until } from '#support/until.js';
import { assertClean, TestBrowser, type WatchedPage } from './support/browser.js';

let browser: TestBrowser;
let monitor: Monitor;
before(async () => {
  browser = await TestBrowser.launch();
  monitor = await startMonitor({ pools: [] });
});
after(async () => {
  await browser[Symbol.asyncDispose]();
  await monitor.close();
});

const BROKEN = /Failed to load resource|ERR_/;
/** Counts streams where they are opened and where they fail: what is told from outside comes when it comes. */
const COUNTED = `
  Object.assign(globalThis, { opened: 0, failed: 0 });
  EventSource = class extends EventSource {
    constructor(address) {
      super(address);
      opened++;
      this.addEventListener('error', () => failed++);
    }
  };`;

const opened = ({ page }: WatchedPage): Promise<number> => page.evaluate<number>('opened');
const failed = ({ page }: WatchedPage): Promise<number> => page.evaluate<number>('failed');
const state = ({ page }: WatchedPage): Promise<string | null> => page.locator('#connection').getAttribute('data-state');

/** A page whose clock stands still, and whose stream is dealt with like that. */
async function standing(deal: (route: Route) => unknown): Promise<WatchedPage> {
  const watched = await browser.open('about:blank');
  const { page } = watched;
  await page.addInitScript(COUNTED);
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1_000);
  await page.route('**/api/stream*', deal);
  await page.goto(monitor.url, { waitUntil: 'domcontentloaded' });
  await until(async () => (await opened(watched)) === 1);
  return watched;
}

test('pauses double from half a second to ten seconds', async () => {
  await using watched = await standing((route) => route.abort());
  const pauses: number[] = [];
  for (let failures = 1; failures <= 7; failures++) {
    await until(async () => (await failed(watched)) === failures);
    assert.equal(await state(watched), failures < 4 ? 'reconnecting' : 'unreachable', `after ${failures}`);
    let waited = 0;
    while ((await opened(watched)) === failures && waited < 12_000) {
      await watched.page.clock.runFor(250);
      waited += 250;
    }
    pauses.push(waited);
  }
  assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  assertClean(watched, BROKEN);
});

test('a press of the button tries at once', async () => {
  await using watched = await standing((route) => route.abort());
  await until(async () => (await failed(watched)) === 1);
  await watched.page.unroute('**/api/stream*');
  await watched.page.getByRole('button', { name: 'Try now' }).click();
  await watched.live();
  assert.equal(await opened(watched), 2);
  assert.equal(await watched.page.getByRole('button', { name: 'Try now' }).isVisible(), false);
  assertClean(watched, BROKEN);
});

test('silence is told after three and a half seconds, and ended after fifteen', async () => {
  // A stream that is asked for, and never answered.
  await using watched = await standing(() => undefined);
  const { clock } = watched.page;
  await clock.runFor(3_400);
  assert.equal(await state(watched), 'connecting');
  await clock.runFor(100);
  assert.equal(await state(watched), 'silent');
  await clock.runFor(11_400);
  assert.equal(await opened(watched), 1);
  await clock.runFor(100);
  assert.equal(await state(watched), 'reconnecting');
  await clock.runFor(500);
  assert.equal(await opened(watched), 2);
  assertClean(watched, BROKEN);
});
