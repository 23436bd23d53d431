import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

/** The script of `builtPage`, unless a test has its own. */
export const pageScript = 'document.title = "it runs"\n'

/** A page as the build leaves it, small, for tests of how pages are served. */
export function builtPage(script = pageScript): string {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-page-'))
  mkdirSync(join(folder, 'assets'))
  const head =
    '<base href="/"><title>jobs</title><link rel="icon" href="icon.svg"><script type="module" src="assets/main-1a2b.js"></script>'
  writeFileSync(join(folder, 'index.html'), `<!doctype html><html lang="en"><head>${head}</head><body></body></html>`)
  writeFileSync(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(folder, 'assets', 'main-1a2b.js'), script)
  writeFileSync(join(folder, 'assets', 'main-1a2b.js.gz'), gzipSync(script))
  writeFileSync(join(folder, 'secret.txt'), 'no file of the page')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
