// `npm run site`: docs/, the README, the changelog, the facades, the drivers and the examples as plain HTML in site/. Opens from the disk.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layout } from './site/layout.js'
import { brokenLinks } from './site/links.js'
import { contents } from './site/contents.js'
import { renderAll } from './site/render.js'
import { searchIndex } from './site/search-index.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(root, process.argv[2] ?? 'site')
const assets = join(root, '.ci/site/assets')

const sections = contents(root)
const { pages, copies, missing } = renderAll(root, sections)
const broken = [...missing, ...brokenLinks(pages, copies)]
if (broken.length > 0) {
  console.error(`links that lead nowhere:\n${broken.map(({ from, to }) => `  ${from}: ${to}`).join('\n')}`)
  process.exit(1)
}
rmSync(target, { recursive: true, force: true })
for (const page of pages) write(page.url, layout(page, sections))
for (const path of copies) write(path, readFileSync(join(root, path)))
write('search-index.js', searchIndex(pages))
cpSync(assets, target, { recursive: true })
console.log(`${pages.length} pages in ${target}`)

function write(url, text) {
  mkdirSync(dirname(join(target, url)), { recursive: true })
  writeFileSync(join(target, url), text)
}
