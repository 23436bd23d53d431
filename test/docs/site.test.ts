import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../support/project.ts'

const folder = mkdtempSync(join(tmpdir(), 'fiber-work-site-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function build(target: string, checkout = root): { status: number | null; stderr: string } {
  const args = [join(root, '.ci/site.js'), target, checkout]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, stderr }
}

describe('the site of this checkout', { timeout: 60_000 }, () => {
  const site = join(folder, 'site')
  const page = (url: string) => readFileSync(join(site, url), 'utf8')

  beforeAll(() => {
    const { status, stderr } = build(site)
    expect(stderr).toBe('')
    expect(status).toBe(0)
  }, 60_000)

  test('has the pages, with titles, navigation, anchors and coloured code', () => {
    const api = page('docs/http-api.html')
    expect(api).toContain('<title>The HTTP API · fiber-work</title>')
    expect(api).toContain('<h3 id="twice-is-once">')
    expect(api).toContain('<a href="#twice-is-once">')
    expect(api).toContain('<a href="http-api.html" aria-current="page">The HTTP API</a>')
    expect(api).toContain('href="../index.html"')
    expect(api).toMatch(/<span class="hljs-keyword">import<\/span>/)
    expect(api).not.toContain('<!-- output')
    expect(page('docs/openapi.json')).toBe(readFileSync(join(root, 'docs/openapi.json'), 'utf8'))
    expect(page('source/examples/web-and-worker/main.ts.html')).toContain('>web.ts</a>')
  })

  test('takes nothing from anywhere else, and no script or style stands in a page', () => {
    const pages = globSync('**/*.html', { cwd: site })
    expect(pages.length).toBeGreaterThan(60)
    for (const path of pages) {
      const html = page(path)
      const taken = [...html.matchAll(/<(?:script|link|img|iframe|source)\b[^>]*? (?:src|href)="([^"]*)"/g)]
      expect(
        taken.map(([, url]) => url).filter((url = '') => /^(?:[a-z]+:)?\/\//i.test(url)),
        path,
      ).toEqual([])
      expect(html, path).not.toMatch(/<style|<script(?! src=)| style=|<[^>]+ on[a-z]+=/)
      expect(html, path).toContain("default-src 'none'")
    }
    expect(page('site.css')).not.toMatch(/url\(|@import/)
    expect(page('site.js')).not.toMatch(/https?:/)
  })

  test('can be searched: each section has its words', () => {
    const found: unknown = JSON.parse(page('search-index.js').replace('globalThis.searchIndex = ', ''))
    const entries = found as [url: string, title: string, heading: string, words: string][]
    const [, title, , words] = entries.find(([url]) => url === 'docs/http-api.html#twice-is-once')!
    expect(title).toBe('The HTTP API')
    expect(words.split(' ')).toEqual(expect.arrayContaining(['idempotency-key', 'fw_api_idempotency']))
  })
})

test.each([
  ['a page that is not there', '[b](gone.md)', 'docs/a.md: gone.md'],
  ['a heading that is not there', '[b](b.md#gone)', 'docs/a.md: b.html#gone'],
  ['a heading of its own that is not there', '[b](#gone)', 'docs/a.md: a.html#gone'],
])('a link to %s fails the build', { timeout: 30_000 }, (_, link, told) => {
  const checkout = mkdtempSync(join(folder, 'checkout-'))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(checkout, path)), { recursive: true })
    writeFileSync(join(checkout, path), text)
  }
  write('docs/README.md', '# Pages\n\n## All\n\n- [A](a.md)\n')
  write('docs/b.md', '# B\n\n## Here\n')
  write('docs/a.md', '# A\n\n[b](b.md#here)\n')
  expect(build(join(checkout, 'site'), checkout)).toEqual({ status: 0, stderr: '' })
  write('docs/a.md', `# A\n\n${link}\n`)
  const { status, stderr } = build(join(checkout, 'site'), checkout)
  expect(stderr).toContain(told)
  expect(status).toBe(1)
})
