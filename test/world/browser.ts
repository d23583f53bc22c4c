/** A headless Chromium whose microphone plays a WAV file, and what can be asked of its page. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

export interface BrowserOptions {
  /** What the microphone hears, played again and again: a WAV file, 16 bit PCM. */
  readonly microphoneWav: string;
}

/** A page with the lines that its console printed. */
export interface TestPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly console: string[];
  close(): Promise<void>;
}

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable'];

/** Where the browser is: TEST_CHROMIUM, or where distributions put it. */
export function chromiumPath(): string {
  const found = process.env.TEST_CHROMIUM ?? CANDIDATES.find((file) => existsSync(file));
  if (found === undefined) throw new Error('no Chromium found: apt-get install chromium, or set TEST_CHROMIUM');
  return found;
}

/** A running browser. */
export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(options: BrowserOptions): Promise<TestBrowser> {
    const browser = await chromium.launch({
      executablePath: chromiumPath(),
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--autoplay-policy=no-user-gesture-required',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-audio-capture=${options.microphoneWav}`,
      ],
    });
    return new TestBrowser(browser);
  }

  get version(): string {
    return this.#browser.version();
  }

  /** A page of its own profile, the microphone allowed, with the probe in it (`page-probe.ts`). */
  async openPage(url: string, { probe = true, viewport = { width: 1280, height: 900 } } = {}): Promise<TestPage> {
    const context = await this.#browser.newContext({ permissions: ['microphone'], viewport });
    const page = await context.newPage();
    const lines: string[] = [];
    page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => lines.push(`uncaught: ${error.message}`));
    if (probe) await page.addInitScript({ path: `${import.meta.dirname}/page-probe.js` });
    await page.goto(url);
    return { page, context, console: lines, close: () => context.close() };
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}
