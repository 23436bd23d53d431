// `npm run site [-- FOLDER [CHECKOUT]]`: docs/, the README, the changelog, the facades, the drivers and the examples as plain HTML in
// site/, which opens from the disk. A link that leads nowhere is told, and nothing is written.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layout } from './site/layout.js'
import { brokenLinks } from './site/links.js'
import { contents, urlOf } from './site/contents.js'
import { renderAll } from './site/render.js'
import { searchIndex } from './site/search-index.js'

const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(process.argv[3] ?? dirname(here))
const target = resolve(root, process.argv[2] ?? 'site')

const sections = contents(root)
/** The contents with where each page is. */
const placed = sections.map(({ title, entries }) => ({
  title,
  entries: entries.map((entry) => ({ title: entry.title, url: urlOf(root, entry.path) })),
}))
const { pages, copies, missing } = renderAll(root, sections)
const broken = [...missing, ...brokenLinks(pages, copies)]
if (broken.length > 0) {
  console.error(`links that lead nowhere:\n${broken.map(({ from, to }) => `  ${from}: ${to}`).join('\n')}`)
  process.exit(1)
}
rmSync(target, { recursive: true, force: true })
for (const page of pages) write(page.url, layout(page, placed))
for (const path of copies) write(path, readFileSync(join(root, path)))
write('search-index.js', searchIndex(pages))
cpSync(join(here, 'site/assets'), target, { recursive: true })
console.log(`${pages.length} pages in ${target}`)

function write(url, text) {
  mkdirSync(dirname(join(target, url)), { recursive: true })
  writeFileSync(join(target, url), text)
}
