// All pages: the prose, the sources that it leads to, and a list for each folder that it names.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join, normalize, relative } from 'node:path'
import { isFolder, prose, urlOf } from './contents.js'
import { render } from './markdown.js'

/**
 * `pages`: `{ path, url, title, html, headings, sections }` each; `copies`: files that are put there as they are; `missing`: links to
 * files that do not exist.
 */
export function renderAll(root, sections) {
  const named = sections.flatMap(({ entries }) => entries.map(({ path }) => path))
  const waiting = [...new Set([...prose(root), ...named])]
  const seen = new Set(waiting)
  const pages = []
  const copies = []
  const missing = []
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const url = urlOf(root, path)
    if (url === path) {
      copies.push(path)
      continue
    }
    const linkOf = (href) => {
      if (/^[a-z]+:/i.test(href)) return href
      const [file, anchor] = href.split('#')
      const to =
        file === '' ? path : normalize(join(isFolder(root, path) ? path : dirname(path), file)).replace(/\/$/, '')
      if (to.startsWith('..') || !existsSync(join(root, to))) {
        missing.push({ from: path, to: href })
        return href
      }
      const known = withReadme(root, to)
      if (!seen.has(known)) {
        seen.add(known)
        waiting.push(known)
      }
      return relativeUrl(url, urlOf(root, known)) + (anchor === undefined ? '' : `#${anchor}`)
    }
    pages.push({ path, url, ...render(markdownOf(root, path), linkOf) })
  }
  return { pages, copies, missing }
}

/** The address of one page as another has it. */
export function relativeUrl(from, to) {
  return relative(dirname(from), to).replaceAll('\\', '/')
}

/** A folder is what its README says. */
function withReadme(root, path) {
  return isFolder(root, path) && existsSync(join(root, path, 'README.md')) ? join(path, 'README.md') : path
}

function markdownOf(root, path) {
  if (isFolder(root, path)) return folderPage(root, path)
  const text = readFileSync(join(root, path), 'utf8')
  if (path.endsWith('.md')) return text
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)))
  return `# ${path}\n\n${neighbours(root, path)}\n\n${fence}${extname(path).slice(1)}\n${text.trimEnd()}\n${fence}\n`
}

/** Of an example: its other files. */
function neighbours(root, path) {
  if (!path.startsWith('examples/')) return ''
  const own = readdirSync(join(root, dirname(path))).filter(
    (name) => name.endsWith('.ts') && name !== path.split('/').at(-1),
  )
  return own.length === 0 ? '' : `Beside it: ${own.map((name) => `[${name}](${name})`).join(' · ')}`
}

function folderPage(root, path) {
  const files = readdirSync(join(root, path)).filter(
    (name) => /\.(?:md|ts|js|sql|lua|yml|service)$/.test(name) && !/\.test\./.test(name),
  )
  const titleOf = (name) => /^# (.+)$/m.exec(readFileSync(join(root, path, name), 'utf8'))?.[1] ?? name
  return `# ${path}\n\n${files.map((name) => `- [${name.endsWith('.md') ? titleOf(name) : name}](${name})`).join('\n')}\n`
}
