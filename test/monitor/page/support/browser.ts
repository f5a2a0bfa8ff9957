import assert from 'node:assert/strict';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { findChromium } from './find-chromium.js';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** In ms: how long a test waits for something to be seen. */
const PATIENCE = 15_000;

/** A browser with a profile of its own, which is empty, and pages that tell what goes wrong in them. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: await findChromium(), args: FLAGS }));
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    // Without motion, since many pages that move at once take the machine's whole time.
    const usual = { viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' } as const;
    const context = await this.#browser.newContext({ ...usual, ...options });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const watched = new WatchedPage(page);
    await page.goto(url);
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** A page, and what it complained of. */
export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  readonly #complaints: string[] = [];
  /** Addresses that were asked for. */
  readonly asked: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.#complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.#complaints.push(message.text());
    });
    page.on('dialog', (dialog) => {
      this.#complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => this.asked.push(request.url()));
  }

  /** Waits until reports come. */
  async live(): Promise<Page> {
    await this.page.locator('#connection[data-state=live]').waitFor();
    return this.page;
  }

  /** What went wrong in the page, but for what is expected: connections that are lost are complained of by the browser. */
  complaints(expected = /(?!)/): string[] {
    return this.#complaints.filter((complaint) => !expected.test(complaint));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

/** Fails unless the page went without any error, refusal of the content security policy, or dialog. */
export function assertClean(page: WatchedPage, expected?: RegExp): void {
  assert.deepEqual(page.complaints(expected), []);
}
