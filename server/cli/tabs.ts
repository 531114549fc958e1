/** Headless tabs of a real Chromium, as the demo's participants. */
import type { Browser, Page } from 'playwright'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { chromiumFlags } from './chromium-flags.ts'

export interface Tabs {
  /** What the tabs' pages say is wrong, if anything. */
  problems(): Promise<string[]>
  /** What each tab's page says in this place, once it says such a thing. */
  texts(selector: string, such: RegExp): Promise<string[]>
  close(): Promise<void>
}

/** `prepare`: what is done in each page once it is there. */
export async function openTabs(
  urls: readonly string[],
  prepare: (page: Page, tab: number) => Promise<void> = async () => {},
): Promise<Tabs> {
  const browser = await launch()
  // One after the other: they share the processor, and their loading would only get in each other's way.
  const pages: Page[] = []
  for (const [tab, url] of urls.entries()) {
    const page = await browser.newPage()
    await page.goto(url)
    await prepare(page, tab).catch(async (thrown: unknown) => {
      await browser.close()
      throw thrown
    })
    pages.push(page)
  }
  return {
    async problems() {
      const texts = await Promise.all(
        pages.map((page) =>
          page
            .locator('[data-testid=problem]')
            .allInnerTexts()
            .catch(() => []),
        ),
      )
      return [...new Set(texts.flat().map((text) => text.replaceAll('\n', ' ')))]
    },
    texts: (selector, such) =>
      Promise.all(pages.map((page) => page.locator(selector).filter({ hasText: such }).innerText({ timeout: 60_000 }))),
    close: () => browser.close(),
  }
}

async function launch(): Promise<Browser> {
  const executablePath = process.env.TRIBUTARY_BROWSER
  try {
    // Only here: its 28 MB of heap would stay in a coordinator that opens no tabs, and be walked through at every collection.
    const { chromium } = await import('playwright')
    return await chromium.launch({
      ...(executablePath ? { executablePath } : { channel: 'chromium' }),
      args: chromiumFlags(),
      // The demo ends its tabs itself, after the coordinator has said goodbye.
      handleSIGINT: false,
      handleSIGTERM: false,
    })
  } catch (cause) {
    const why = errorInfo(cause).message.split('\n')[0]
    throw new TributaryError(
      'browser/missing',
      `No browser could be started: ${why} Install Chrome or Chromium, or name one in TRIBUTARY_BROWSER.`,
      { cause },
    )
  }
}
