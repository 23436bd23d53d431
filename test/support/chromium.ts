import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where it is: $CHROMIUM, or where Debian and its kin put it; undefined where it is not. */
export function chromiumPath(): string | undefined {
  return process.env['CHROMIUM'] ?? places.find((path) => existsSync(path))
}

/** A Chromium without a window, which calls nobody. */
export function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === undefined)
    throw new Error('needs chromium (apt-get install chromium), or its path in CHROMIUM')
  return chromium.launch({ executablePath, args })
}
