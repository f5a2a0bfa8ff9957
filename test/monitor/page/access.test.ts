/** The page for everybody: keyboard, screen reader, phone, light and dark; and with names that are out to break it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { until } from '#support/until.js';
import { assertClean, TestBrowser } from './support/browser.js';
import { Stage } from './support/stage.js';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** The outline of what has the focus, or of what covers it. */
const OUTLINE = `[undefined, '::after']
  .map((part) => getComputedStyle(document.activeElement, part).outlineStyle)
  .find((style) => style !== 'none') ?? 'none'`;
const HOSTILE = '<img src=x onerror=alert(1)>';

let browser: TestBrowser;
before(async () => {
  browser = await TestBrowser.launch();
});
after(() => browser[Symbol.asyncDispose]());

/** A program in trouble: a leak, waiters, a long statement, and a pool that cannot connect. */
async function trouble(): Promise<Stage> {
  const stage = await Stage.set();
  await stage.pool('orders', { maxSize: 2, leakThreshold: 200, acquireTimeout: 60_000 });
  await stage.pool('quiet');
  await stage.program.ask({ do: 'forget', pool: 'orders', label: 'export', sql: 'SELECT 1' });
  const sql = `SELECT ${Array.from({ length: 60 }, (_, nth) => `${nth} AS column_${nth}`).join(', ')}`;
  await stage.program.ask({ do: 'hold', pool: 'orders', count: 1, label: 'checkout', sql });
  await stage.program.ask({ do: 'queue', pool: 'orders', count: 2, label: 'search' });
  return stage;
}

/** Waits until all of it is on the page. */
async function shown(page: Page): Promise<void> {
  await page.locator('#leak-list > li').first().waitFor();
  await page.getByRole('region', { name: 'Waiting callers' }).waitFor();
  await page.locator('.chart canvas').nth(1).waitFor();
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations: found } = (await page.evaluate('axe.run()')) as AxeResults;
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

describe('the page', { concurrency: true }, () => {
  test('has no fault that axe-core finds, in light and in dark, on a desk and on a phone', async () => {
    await using stage = await trouble();
    const url = await stage.monitor({ allow: ['evict', 'suspend'] });
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 360],
    ] as const) {
      await using watched = await browser.open(url, { colorScheme, viewport: { width, height: 800 } });
      const page = await watched.live();
      await shown(page);
      assert.deepEqual(await violations(page), [], `${colorScheme}, ${width} px`);
      await page.getByText('As a table').first().click();
      await page.getByRole('button', { name: 'Evict' }).click();
      assert.deepEqual(await violations(page), [], `${colorScheme}, ${width} px, dialog`);
      assertClean(watched);
    }
  });

  test('can be used with the keyboard alone', async () => {
    await using stage = await trouble();
    await using watched = await browser.open(await stage.monitor({ allow: ['evict'] }));
    const page = await watched.live();
    await shown(page);
    const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent.trim()');
    /** Presses Tab until it is there, and looks whether the focus is to be seen on the way. */
    const tabTo = async (isThere: (text: string) => boolean): Promise<void> => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        const outline = await page.evaluate<string>(OUTLINE);
        assert.notEqual(outline, 'none', await focused());
        if (isThere(await focused())) return;
      }
      assert.fail('it cannot be reached');
    };

    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to the pools');
    await tabTo((text) => text === 'Theme: auto');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
    await tabTo((text) => text === 'quiet');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'quiet', level: 2 }).waitFor();
    assert.equal(await focused(), 'quiet');
    await tabTo((text) => text === 'Evict');
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'Cancel');
    await page.keyboard.press('Escape');
    assert.equal(await focused(), 'Evict');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('quiet: connections evicted').waitFor();

    await page.goBack();
    await page.getByRole('heading', { name: 'orders', level: 2 }).waitFor();
    await page.getByRole('region', { name: 'Loans' }).focus();
    await tabTo((text) => text === 'all');
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'less');
    assertClean(watched);
  });

  test('has its landmarks, headings and charts in words', async () => {
    await using stage = await trouble();
    await using watched = await browser.open(await stage.monitor());
    const page = await watched.live();
    await shown(page);
    for (const role of ['banner', 'main'] as const) assert.equal(await page.getByRole(role).count(), 1, role);
    for (const name of ['Suspected leaks', 'Pools', 'orders'])
      await page.getByRole('region', { name, exact: true }).waitFor();
    const chart = page.getByRole('img', { name: /^Chart of the last .* In use: now 2, at most 2\./ });
    await chart.waitFor();
    await page.getByText('As a table').first().click();
    await page.getByRole('table', { name: 'Connections' }).getByRole('columnheader', { name: 'Waiting' }).waitFor();
    const headers = page.getByRole('table', { name: 'Loans' }).getByRole('columnheader');
    assert.deepEqual(await headers.allInnerTexts(), ['Held for', 'Label', 'Taken at', 'Last statement', 'Connection']);
    assertClean(watched);
  });

  test('remembers its theme', async () => {
    await using stage = await trouble();
    await using watched = await browser.open(await stage.monitor(), { colorScheme: 'light' });
    const page = await watched.live();
    const ground = (): Promise<string> => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Theme: auto' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    assert.notEqual(await ground(), light);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    assert.notEqual(await ground(), light);
    assertClean(watched);
  });

  test('does not scroll sideways on a phone, whatever the names are', async () => {
    await using stage = await trouble();
    const long = `${'a-name-without-any-space'.repeat(12)}`;
    await stage.pool(long, { leakThreshold: 200 });
    await stage.program.ask({ do: 'forget', pool: long, label: long, sql: `SELECT '${long}' AS ${'c'.repeat(60)}` });
    await using watched = await browser.open(await stage.monitor({ allow: ['evict', 'suspend'] }), {
      viewport: { width: 360, height: 740 },
      isMobile: true,
    });
    const page = await watched.live();
    await page.locator('#leak-list > li').nth(1).waitFor();
    for (const name of ['orders', long]) {
      await page.getByRole('heading', { name, level: 4 }).getByRole('link').click();
      await page.getByRole('heading', { name, level: 2 }).waitFor();
      await page.getByRole('region', { name: 'Loans' }).waitFor();
      assert.deepEqual(
        await page.evaluate('[document.documentElement.scrollWidth, document.body.scrollWidth]'),
        [360, 360],
        name,
      );
      const cells = await page.getByRole('region', { name: 'Loans' }).locator('tbody td > *').all();
      const widths = await Promise.all(cells.map(async (cell) => (await cell.boundingBox())!.width));
      assert.ok(widths.length > 0 && widths.every((width) => width > 180), `cells are ${widths.join(', ')} px wide`);
    }
    assertClean(watched);
  });

  test('shows hostile names as the texts they are', async () => {
    await using stage = await Stage.set();
    await stage.pool(HOSTILE, { leakThreshold: 200, maxSize: 1, acquireTimeout: 60_000 });
    await stage.program.ask({ do: 'forget', pool: HOSTILE, label: HOSTILE, sql: `SELECT 1 AS \`${HOSTILE}\`` });
    await stage.program.ask({ do: 'queue', pool: HOSTILE, count: 1, label: HOSTILE });
    await using watched = await browser.open(await stage.monitor({ allow: ['evict'] }));
    const page = await watched.live();
    await shown(page);
    await page.getByRole('heading', { name: HOSTILE, level: 2 }).waitFor();
    await page.getByRole('button', { name: 'Evict' }).click();
    await page.getByRole('dialog', { name: `Evict the connections of ${HOSTILE}?` }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Evict' }).click();
    await page.getByRole('status').getByText(`${HOSTILE}: connections evicted`).waitFor();
    const loan = await page.getByRole('region', { name: 'Loans' }).locator('tbody tr').innerText();
    assert.equal(loan.split(HOSTILE).length - 1, 2, loan);
    assert.equal(await page.locator('img').count(), 0);
    assert.deepEqual(
      watched.asked.filter((address) => address.endsWith('/x')),
      [],
    );
    assertClean(watched);
  });

  test('shows twenty pools, and scrolls a hundred loans', async () => {
    await using stage = await Stage.set();
    for (let nth = 1; nth <= 20; nth++) await stage.pool(`tenant ${nth}`, nth === 1 ? { maxSize: 100 } : {});
    await stage.program.ask({ do: 'hold', pool: 'tenant 1', count: 100, sql: 'SELECT 1' });
    await using watched = await browser.open(await stage.monitor());
    const page = await watched.live();
    const loans = page.getByRole('region', { name: 'Loans' });
    await loans.locator('tbody tr').nth(99).waitFor();
    assert.equal(await page.locator('.card').count(), 20);
    const [high, whole] = await loans.evaluate((region) => [region.clientHeight, region.scrollHeight]);
    assert.ok(high! <= 460 && whole! > 2_000, `${high} of ${whole} px`);
    await loans.focus();
    await page.keyboard.press('End');
    await until(async () => (await loans.evaluate((region) => region.scrollTop)) > 1_000);
    assertClean(watched);
  });
});
