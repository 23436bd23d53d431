import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Terminal } from '../support/tmux.ts'
import type { Browser } from 'playwright-core'

const require = createRequire(import.meta.url)
const bin = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url))
const columns = 150
const rows = 44

/** The tabs of the terminal, by the key that opens them. */
const shots = [
  { file: 'terminal-home', key: '1' },
  { file: 'terminal-dead', key: '4' },
  { file: 'terminal-workers', key: '7' },
] as const

export async function photographTerminal(
  browser: Browser,
  { url, folder }: { url: string; folder: string },
): Promise<void> {
  using terminal = new Terminal(columns, rows)
  terminal.run(`${process.execPath} ${bin} top --api ${url}`)
  await sleep(20_000)
  for (const { file, key } of shots) {
    terminal.type(key)
    await sleep(3_000)
    await draw(browser, terminal.colours(), join(folder, `${file}.png`))
  }
  terminal.type('q')
}

/** What tmux has on its screen, drawn by xterm.js. */
async function draw(browser: Browser, screen: string, path: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 })
  await page.setContent(
    '<body style="margin:0;background:#11151c"><div id="screen" style="display:inline-block;padding:12px"></div>',
  )
  await page.addStyleTag({ content: readFileSync(require.resolve('@xterm/xterm/css/xterm.css'), 'utf8') })
  await page.addScriptTag({ path: require.resolve('@xterm/xterm') })
  await page.evaluate(
    ({ text, columns, rows }) => {
      const { Terminal } = globalThis as unknown as { Terminal: new (options: object) => XtermScreen }
      const theme = { background: '#11151c', foreground: '#d5dae3' }
      const terminal = new Terminal({
        cols: columns,
        rows,
        fontSize: 14,
        fontFamily: 'DejaVu Sans Mono, monospace',
        theme,
        cursorInactiveStyle: 'none',
      })
      terminal.open(document.querySelector('#screen'))
      return new Promise<void>((resolve) => terminal.write(text, resolve))
    },
    { text: screen.replace(/\n$/, '').replaceAll('\n', '\r\n'), columns, rows },
  )
  await page.waitForTimeout(300)
  await page.locator('#screen').screenshot({ path })
  await page.close()
}

/** In the browser, where this runs; here nothing of it exists. */
declare const document: { querySelector(selector: string): unknown }

interface XtermScreen {
  open(at: unknown): void
  write(text: string, done: () => void): void
}
