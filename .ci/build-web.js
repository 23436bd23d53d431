// Builds the web page of the dashboard, and puts a compressed copy beside each file, so that serving one compresses nothing.
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'

const source = join('dashboard', 'web')
const gzippedBytesMax = 150_000

/** Throws when the whole page is larger than it may be. */
export async function buildWeb(folder) {
  await build({
    configFile: join(source, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: resolve(folder), emptyOutDir: true },
  })
  let gzippedBytes = 0
  for (const file of globSync('**/*.{html,js,css,svg}', { cwd: folder })) {
    const bytes = readFileSync(join(folder, file))
    const gzipped = gzipSync(bytes, { level: 9 })
    gzippedBytes += gzipped.length
    // The server writes the base into the page itself, and compresses it then.
    if (file === 'index.html') continue
    writeFileSync(join(folder, `${file}.gz`), gzipped)
    writeFileSync(join(folder, `${file}.br`), brotli(bytes))
  }
  if (gzippedBytes <= gzippedBytesMax) return
  rmSync(folder, { recursive: true })
  throw new Error(`The web page has ${gzippedBytes} bytes gzipped; it may have ${gzippedBytesMax}.`)
}

function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
}
