/** Who may see the page, and what may be done from it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '#support/until.js';
import { assertClean, TestBrowser } from './support/browser.js';
import { Stage } from './support/stage.js';

const TOKEN = 'correct-horse-battery';

let browser: TestBrowser;
before(async () => {
  browser = await TestBrowser.launch();
});
after(() => browser[Symbol.asyncDispose]());

describe('the token', { concurrency: true }, () => {
  test('a wrong one, or none, gets 401 and nothing else', async () => {
    await using stage = await Stage.set();
    await stage.pool('secret pool');
    const url = await stage.monitor({ token: TOKEN, allow: ['evict'] });
    for (const path of ['', 'page.css', 'main.js', 'vendor/uplot.js', 'api/report', 'api/stream']) {
      for (const query of ['', '?token=wrong-horse-battery', '?token=', `?token=${TOKEN}x`]) {
        const answer = await fetch(new URL(`${path}${query}`, url));
        assert.equal(answer.status, 401, `${path}${query}`);
        assert.equal(await answer.text(), '', `${path}${query}`);
      }
    }
    await using stranger = await browser.open('about:blank');
    // The browser has nothing to show but its own page about the error.
    await assert.rejects(stranger.page.goto(`${url}?token=wrong-horse-battery`), /ERR_HTTP_RESPONSE_CODE_FAILURE/);
    assert.deepEqual(
      stranger.asked.filter((address) => address.includes(url) && !address.includes('?')),
      [],
    );
  });

  test('the right one opens the page, and is in no address or link afterwards', async () => {
    await using stage = await Stage.set();
    await stage.pool('secret pool');
    const url = await stage.monitor({ token: TOKEN });
    await using watched = await browser.open(`${url}?token=${TOKEN}`);
    const page = await watched.live();
    await page.getByRole('heading', { name: 'secret pool', level: 4 }).waitFor();
    assert.equal(page.url(), url);
    const links = await page
      .locator('[href], [src]')
      .evaluateAll((all) => all.map((element) => `${element.getAttribute('href')} ${element.getAttribute('src')}`));
    assert.deepEqual(
      [...links, await page.content()].filter((text) => text.includes(TOKEN)),
      [],
    );
    await page.reload();
    await watched.live();
    assertClean(watched);
  });

  test('that is not taken any more is told', async () => {
    await using stage = await Stage.set();
    const url = await stage.monitor({ token: TOKEN });
    await using watched = await browser.open(`${url}?token=${TOKEN}`);
    const page = await watched.live();
    await stage.program.ask({ do: 'unmonitor' });
    await stage.monitor({ token: `${TOKEN}-changed`, port: Number(new URL(url).port) });
    await page.getByText('Refused: the token is missing or wrong').waitFor();
    assert.equal(await page.locator('#retry').isVisible(), false);
    assertClean(watched, /Failed to load resource|ERR_/);
  });
});

describe('evict, suspend and resume', { concurrency: true }, () => {
  test('there are no buttons for what is not allowed', async () => {
    await using stage = await Stage.set();
    await stage.pool('orders');
    await using watched = await browser.open(await stage.monitor());
    const page = await watched.live();
    await page.getByRole('heading', { name: 'orders', level: 2 }).waitFor();
    for (const name of ['Evict', 'Suspend', 'Resume']) {
      assert.equal(await page.getByRole('button', { name }).count(), 0, name);
    }
    assertClean(watched);
  });

  test('evict asks first, and then closes the idle connections', async () => {
    await using stage = await Stage.set();
    await stage.pool('orders');
    await stage.program.ask({ do: 'hold', pool: 'orders', count: 2, sql: 'SELECT 1' });
    await stage.program.ask({ do: 'give back', pool: 'orders' });
    await using watched = await browser.open(await stage.monitor({ allow: ['evict'] }));
    const page = await watched.live();
    const dialog = page.getByRole('dialog', { name: 'Evict the connections of orders?' });

    await page.getByRole('button', { name: 'Evict' }).click();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.deepEqual(await stage.program.ask({ do: 'state', pool: 'orders' }), { state: 'open', opened: 2, closed: 0 });

    await page.getByRole('button', { name: 'Evict' }).click();
    await dialog.getByRole('button', { name: 'Evict' }).click();
    await page.getByRole('status').getByText('orders: connections evicted').waitFor();
    await until(async () => (await stage.program.ask({ do: 'state', pool: 'orders' })).closed === 2);
    await page.getByRole('region', { name: 'Recent events' }).getByText('evicted').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Suspend' }).count(), 0);
    assertClean(watched);
  });

  test('suspend and resume take turns', async () => {
    await using stage = await Stage.set();
    await stage.pool('orders');
    await using watched = await browser.open(await stage.monitor({ allow: ['suspend', 'resume'] }));
    const page = await watched.live();
    for (const [button, state] of [
      ['Suspend', 'suspended'],
      ['Resume', 'open'],
    ] as const) {
      await page.getByRole('button', { name: button }).click();
      await page.getByRole('dialog').getByRole('button', { name: button }).click();
      await page.locator(`#detail .badge[data-state=${state}]`).waitFor();
      assert.equal((await stage.program.ask({ do: 'state', pool: 'orders' })).state, state);
      await page.getByRole('button', { name: button }).waitFor({ state: 'hidden' });
    }
    assertClean(watched);
  });

  test('what the monitor refuses is told in its words', async () => {
    await using stage = await Stage.set();
    await stage.pool('orders');
    const url = await stage.monitor({ allow: ['evict'] });
    await using watched = await browser.open(url);
    const page = await watched.live();
    await page.getByRole('button', { name: 'Evict' }).click();
    // Another monitor has taken its place, and does not permit it.
    await stage.program.ask({ do: 'unmonitor' });
    await stage.monitor({ port: Number(new URL(url).port) });
    await page.getByRole('dialog').getByRole('button', { name: 'Evict' }).click();
    await page.getByText('orders: evict failed (403): "evict" is not permitted').waitFor();
    await page.getByRole('button', { name: 'Evict' }).waitFor({ state: 'hidden' });
    assertClean(watched, /Failed to load resource|ERR_/);
  });
});
