import assert from 'node:assert/strict';
import { chromium, type Browser, type BrowserContextOptions, type Page, type Request } from 'playwright-core';
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

/**
 * How long (ms) a test waits for a page to load or an element to appear. Only a page that hangs takes this long: on a
 * machine that is busy for a while, a browser may take many seconds to do what otherwise takes milliseconds.
 */
const PATIENCE = 60_000;

/** A browser with an empty profile, whose pages record errors. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: await findChromium(), args: FLAGS }));
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    // Without animations: in many pages at once they would use all of the CPU.
    const usual = { viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' } as const;
    const context = await this.#browser.newContext({ ...usual, ...options });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const watched = new WatchedPage(page);
    try {
      await page.goto(url);
    } catch (error) {
      throw new Error(`the page was not loaded; unanswered: ${watched.unanswered.join(', ') || 'nothing'}`, {
        cause: error,
      });
    }
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** A page, and the errors that occurred in it. */
export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  readonly #complaints: string[] = [];
  /** The URLs that the page has requested. */
  readonly asked: string[] = [];
  readonly #unanswered = new Set<Request>();

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
    page.on('request', (request) => {
      this.asked.push(request.url());
      this.#unanswered.add(request);
    });
    page.on('requestfinished', (request) => this.#unanswered.delete(request));
    page.on('requestfailed', (request) => this.#unanswered.delete(request));
  }

  /** The URLs of requests that have no whole answer yet. */
  get unanswered(): string[] {
    return [...this.#unanswered].map((request) => request.url());
  }

  /** Waits until the page receives reports. */
  async live(): Promise<Page> {
    await this.page.locator('#connection[data-state=live]').waitFor();
    return this.page;
  }

  /** Counts the reports that the page receives from now on: one comes about every second. */
  async countReports(): Promise<{ readonly count: number }> {
    const reports = { count: 0 };
    const devtools = await this.page.context().newCDPSession(this.page);
    devtools.on('Network.eventSourceMessageReceived', () => reports.count++);
    await devtools.send('Network.enable');
    return reports;
  }

  /** The errors in the page, except the expected ones: the browser itself reports lost connections. */
  complaints(expected = /(?!)/): string[] {
    return this.#complaints.filter((complaint) => !expected.test(complaint));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

/** Asserts that the page had no errors, no violations of its content security policy, and no dialogs. */
export function assertClean(page: WatchedPage, expected?: RegExp): void {
  assert.deepEqual(page.complaints(expected), []);
}
