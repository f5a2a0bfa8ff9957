/** What the page shows of a program that goes on: leaks, waiters, pools that come, and streams that break. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startProxy } from '#support/proxy.js';
import { eachServer } from '#support/servers/shared.js';
import { assertClean, TestBrowser } from './support/browser.js';
import { Stage } from './support/stage.js';

let browser: TestBrowser;
before(async () => {
  browser = await TestBrowser.launch();
});
after(() => browser[Symbol.asyncDispose]());

eachServer('a leak', (kind) => {
  test('is on the page with file, line and last statement within four reports, and gone when the connection is back', async () => {
    await using stage = await Stage.set(kind);
    await stage.pool('orders', { leakThreshold: 200 });
    await using watched = await browser.open(await stage.monitor());
    const page = await watched.live();
    await page.getByRole('heading', { name: 'orders', level: 4 }).waitFor();
    assert.equal(await page.locator('#leaks').isVisible(), false);

    const sql = "SELECT 'never given back'";
    const reports = await watched.countReports();
    await stage.program.ask({ do: 'forget', pool: 'orders', label: 'nightly export', sql });
    const leak = page.locator('#leak-list > li');
    await leak.waitFor();
    const seen = reports.count;
    assert.ok(seen > 0 && seen <= 4, `after ${seen} reports`);
    const text = await leak.innerText();
    assert.match(text, /orders out for .* by nightly export/);
    assert.match(text, /forgetToGiveBack .*watched-program\.ts:\d+/);
    assert.ok(text.includes("SELECT 'never given back'") || text.includes('SELECT ?'), text);
    await page.getByRole('region', { name: 'Loans' }).getByText('nightly export').waitFor();
    assert.match(await page.title(), /^1 leak · /);

    await stage.program.ask({ do: 'give back', pool: 'orders' });
    await leak.waitFor({ state: 'detached' });
    assertClean(watched);
  });
});

eachServer('leaks of one line of the program', (kind) => {
  test('are one block, with how many they are in it and in the heading', async () => {
    await using stage = await Stage.set(kind);
    await stage.pool('orders', { maxSize: 5, leakThreshold: 200 });
    await using watched = await browser.open(await stage.monitor());
    const page = await watched.live();
    await stage.program.ask({ do: 'hold', pool: 'orders', sql: 'SELECT 1', count: 3 });
    const leaks = page.locator('#leak-list > li');
    await page.locator('#leaks-count', { hasText: '3 from 1 line' }).waitFor();
    assert.equal(await leaks.count(), 1);
    assert.match(await leaks.innerText(), /3 × watched-program\.ts:\d+ in orders, oldest /);
    assert.match(await page.title(), /^3 leaks · /);
    assertClean(watched);
  });
});

describe('the page', { concurrency: true }, () => {
  test('has a place for pools before there are any, and shows the first one', async () => {
    await using stage = await Stage.set();
    await using watched = await browser.open(await stage.monitor());
    const page = await watched.live();
    await page.getByText('No pools yet').waitFor();
    assert.equal(await page.locator('#detail').isVisible(), false);
    await stage.pool('late');
    await page.getByRole('heading', { name: 'late', level: 2 }).waitFor();
    assert.equal(await page.getByText('No pools yet').isVisible(), false);
    assert.match(await page.locator('#summary').innerText(), /^1 process · 1 pool · 0 connections · 0 waiting$/);
    await page.locator('.chart canvas').first().waitFor();
    assertClean(watched);
  });

  test('shows who holds, who waits, and what the server says', async () => {
    await using stage = await Stage.set();
    await stage.pool('busy', { maxSize: 2, acquireTimeout: 60_000 });
    await stage.pool('idle', { minIdle: 1 });
    await using watched = await browser.open(await stage.monitor());
    const page = await watched.live();
    await stage.program.ask({ do: 'hold', pool: 'busy', count: 2, label: 'checkout', sql: 'SELECT 1' });
    await stage.program.ask({ do: 'queue', pool: 'busy', count: 3, label: 'search' });

    await page.getByRole('heading', { name: 'busy', level: 4 }).getByRole('link').click();
    const waiters = page.getByRole('region', { name: 'Waiting callers' }).locator('tbody tr');
    await waiters.nth(2).waitFor();
    assert.equal(await waiters.count(), 3);
    assert.match(await waiters.first().innerText(), /^1\s+[\d.]+ m?s\s+.*search\s+queueUp .*watched-program\.ts:\d+/s);
    const loans = page.getByRole('region', { name: 'Loans' }).locator('tbody tr');
    assert.equal(await loans.count(), 2);
    assert.match(await loans.first().innerText(), /checkout.*forgetToGiveBack.*SELECT/s);
    const card = page.locator('.card', { hasText: 'busy' });
    assert.match(await card.innerText(), /3 waiting/);
    assert.match(await card.innerText(), /2 of 2 connections\s*2 in use\s*0 idle/);

    await page.getByRole('heading', { name: 'idle', level: 4 }).getByRole('link').click();
    const server = page.locator('.panel', { has: page.getByRole('heading', { name: 'Server' }) });
    await server.getByText('MariaDB').waitFor();
    assert.match(await server.innerText(), /Connected\s+\d+ of \d+ \(\d+ %\)/);
    assertClean(watched);
  });

  test('says so when the stream breaks, comes back by itself and has what was missed', async () => {
    await using stage = await Stage.set();
    await stage.pool('orders');
    const monitor = new URL(await stage.monitor());
    await using proxy = await startProxy({ target: { host: monitor.hostname, port: Number(monitor.port) } });
    await using watched = await browser.open(proxy.url(monitor.href));
    const page = await watched.live();

    await proxy.close();
    await page.locator('#connection-state', { hasText: /Reconnecting|Cannot reach/ }).waitFor();
    assert.equal(await page.locator('body').getAttribute('class'), 'stale');
    await stage.program.ask({ do: 'hold', pool: 'orders', count: 1, label: 'meanwhile', sql: 'SELECT 1' });
    await page.locator('#connection[data-state=unreachable]').waitFor();
    await proxy.accept();
    // An event, since the page may be back before it is clicked, and the button gone.
    await page.locator('#retry').dispatchEvent('click');
    await page.locator('#connection[data-state=live]').waitFor();
    await page.getByRole('region', { name: 'Loans' }).getByText('meanwhile').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Try now' }).isVisible(), false);
    await page.getByRole('region', { name: 'Recent events' }).getByText('opened').first().waitFor();

    proxy.cut();
    await page.locator('#connection[data-state=reconnecting]').waitFor();
    await page.locator('#connection[data-state=live]').waitFor();
    assertClean(watched, /Failed to load resource|ERR_/);
  });

  test('says so when the process stands still', async () => {
    await using stage = await Stage.set();
    await stage.pool('orders');
    await using watched = await browser.open(await stage.monitor());
    const page = await watched.live();
    stage.program.stop();
    try {
      await page.getByText('No news').waitFor();
    } finally {
      stage.program.go();
    }
    await page.locator('#connection[data-state=live]').waitFor();
    assertClean(watched);
  });
});
