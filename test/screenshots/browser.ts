import { chromium, type Browser } from 'playwright-core'

export interface Lens extends AsyncDisposable {
  browser: Browser
}

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Debian's Chromium, without a window. */
export async function openBrowser(): Promise<Lens> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: quiet })
  return { browser, [Symbol.asyncDispose]: () => browser.close() }
}
