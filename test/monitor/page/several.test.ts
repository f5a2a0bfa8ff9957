/** Several processes on one page, and one of them out of reach. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { serveReports } from 'node-mysqlpool/monitor';
import { startProxy } from '#support/proxy.js';
import { until } from '#support/until.js';
import { assertClean, TestBrowser } from './support/browser.js';
import { Stage } from './support/stage.js';

let browser: TestBrowser;
before(async () => {
  browser = await TestBrowser.launch();
});
after(() => browser[Symbol.asyncDispose]());

describe('several processes', { concurrency: true }, () => {
  test('processes stand side by side, and what is pressed reaches the right one', async () => {
    await using one = await Stage.set();
    await using other = await Stage.set();
    // The same name in both, as in two processes of one service.
    for (const stage of [one, other]) {
      await stage.pool('orders');
      await stage.program.ask({ do: 'hold', pool: 'orders', count: 1, sql: 'SELECT 1' });
      await stage.program.ask({ do: 'give back', pool: 'orders' });
    }
    const allow = ['evict'] as const;
    const sources = [await one.monitor({ allow }), await other.monitor({ allow })];
    await using joined = await serveReports({ sources, allow });
    await using watched = await browser.open(joined.url);
    const page = await watched.live();
    await page.locator('.process').nth(1).locator('.card').waitFor();
    assert.match(await page.locator('#summary').innerText(), /^2 processes · 2 pools · 2 connections · 0 waiting$/);
    const keys = await page.locator('.card a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    assert.equal(new Set(keys).size, 2);

    const second = page.locator('.process').nth(1);
    const pid = /process (\d+) on/.exec(await second.innerText())?.[1];
    await second.getByRole('link', { name: 'orders' }).click();
    await page.getByRole('button', { name: 'Evict' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Evict' }).click();
    await page.getByText('orders: connections evicted').waitFor();
    const [hit, spared] = Number(pid) === one.program.pid ? [one, other] : [other, one];
    await until(async () => (await hit.program.ask({ do: 'state', pool: 'orders' })).closed === 1);
    assert.equal((await spared.program.ask({ do: 'state', pool: 'orders' })).closed, 0);
    assertClean(watched);
  });

  test('one that cannot be reached is shown with the reason, and comes back', async () => {
    await using stage = await Stage.set();
    await stage.pool('orders');
    const monitor = new URL(await stage.monitor());
    await using proxy = await startProxy({ target: { host: monitor.hostname, port: Number(monitor.port) } });
    await proxy.close();
    const away = proxy.url(monitor.href);
    await using joined = await serveReports({ sources: [monitor.href, away] });
    await using watched = await browser.open(joined.url);
    const page = await watched.live();
    const lost = page.locator('.process', { has: page.getByRole('heading', { name: away }) });
    await lost.locator('.problem').waitFor();
    assert.match(await lost.innerText(), /▲ .*ECONNREFUSED/);
    // The other is not touched by that.
    await page.getByRole('heading', { name: 'orders', level: 4 }).waitFor();
    await proxy.accept();
    await lost.waitFor({ state: 'detached' });
    assertClean(watched);
  });
});
