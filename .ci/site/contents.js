// What the pages are and in which order: docs/README.md says it, for GitHub and for the site alike.
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The sections of docs/README.md: `{ title, entries: [{ title, path }] }`, paths from the root of the checkout. */
export function contents(root) {
  const text = readFileSync(join(root, 'docs/README.md'), 'utf8')
  return text
    .split('\n## ')
    .slice(1)
    .map((section) => {
      // What stands after the colon tells of the page, and may lead elsewhere.
      const lines = section.split('\n').filter((line) => line.startsWith('- '))
      const links = lines.flatMap((line) => [
        ...line
          .split('): ', 1)[0]
          .concat(')')
          .matchAll(/\[([^\]]+)\]\(([^)]+)\)/g),
      ])
      return {
        title: section.split('\n', 1)[0],
        entries: links.map(([, title, link]) => ({ title: capital(title), path: join('docs', link) })),
      }
    })
}

/** Every page of prose, also those that only others link to. */
export function prose(root) {
  const patterns = ['*.md', '{docs,facades,drivers,examples,stress,bench,deploy,dashboard,test}/**/*.md']
  const all = globSync(patterns, { cwd: root, exclude: (path) => /node_modules|dist|fixtures/.test(path) })
  return all.map((path) => path.replaceAll('\\', '/')).toSorted()
}

/** Where a file of the checkout is in the site; undefined for what has no place of its own. */
export function urlOf(root, path) {
  if (path === 'README.md') return 'index.html'
  if (path.endsWith('README.md')) return path.replace(/README\.md$/, 'index.html')
  if (path.endsWith('.md')) return path.replace(/\.md$/, '.html')
  if (isFolder(root, path)) return `${path.replace(/\/$/, '')}/index.html`
  return path.endsWith('.json') ? path : `source/${path}.html`
}

export function isFolder(root, path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1)
