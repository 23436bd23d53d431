import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { read } from '../architecture/sources.ts'
import { root } from '../support/project.ts'

const pages = read([
  '*.md',
  'docs/**/*.md',
  'examples/*.md',
  'drivers/*/*.md',
  'facades/*/*.md',
  'dashboard/*.md',
  'bench/*.md',
])

/** What GitHub makes of a heading. */
function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, text = '']) => text)
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test.each(pages)('$path: its links lead somewhere', ({ path, text }) => {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]+`/g, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? join(root, path) : join(root, dirname(path), file)
    if (!existsSync(target)) return true
    return (
      anchor !== undefined &&
      !statSync(target).isDirectory() &&
      !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
    )
  })
  expect(broken).toEqual([])
})

test('docs/architecture.md names files that exist', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const named = [...page.matchAll(/`((?:src|drivers|test|facades)\/[\w/.-]+\.ts)`/g)].map(([, file = '']) => file)
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
