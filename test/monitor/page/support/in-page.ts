import { startMonitor, type Monitor } from 'node-mysqlpool/monitor';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { TestBrowser, type WatchedPage } from './browser.js';

/**
 * The monitor's page without pools, for calling its modules one by one. They run in a browser only, and are served in
 * the same way as to users.
 */
export class Workbench implements AsyncDisposable {
  readonly #browser: TestBrowser;
  readonly #monitor: Monitor;
  readonly #watched: WatchedPage;

  private constructor(browser: TestBrowser, monitor: Monitor, watched: WatchedPage) {
    this.#browser = browser;
    this.#monitor = monitor;
    this.#watched = watched;
  }

  static async set(options: BrowserContextOptions = {}): Promise<Workbench> {
    const browser = await TestBrowser.launch();
    const monitor = await startMonitor({ pools: [] });
    const watched = await browser.open(monitor.url, options);
    await watched.live();
    return new Workbench(browser, monitor, watched);
  }

  get page(): Page {
    return this.#watched.page;
  }

  get complaints(): string[] {
    return this.#watched.complaints();
  }

  /** Evaluates an expression in the page, in which `m` is the module and `given` is the value passed. */
  run<T>(module: string, expression: string, given: unknown = null): Promise<T> {
    return this.page.evaluate<T>(
      `import('/${module}.js').then((m) => { const given = ${JSON.stringify(given)}; return ${expression}; })`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser[Symbol.asyncDispose]();
    await this.#monitor.close();
  }
}
