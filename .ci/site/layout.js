// The frame of a page. No inline script or style, so that the strictest policy will do.
import { escape } from './code.js'
import { relativeUrl } from './render.js'

const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"

export function layout(page, sections) {
  const to = (url) => relativeUrl(page.url, url)
  const title = page.url === 'index.html' ? 'fiber-work' : `${page.title} · fiber-work`
  return `<!doctype html>
<html lang="en" data-root="${to('index.html').replace(/index\.html$/, '')}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="content-security-policy" content="${policy}">
<title>${escape(title)}</title>
<link rel="icon" href="${to('icon.svg')}">
<link rel="stylesheet" href="${to('site.css')}">
<script src="${to('site.js')}"></script>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header>
<a class="name" href="${to('index.html')}"><span class="mark" aria-hidden="true">◆</span> fiber-work</a>
<div class="search" role="search"><input id="search" type="search" placeholder="Search the docs" aria-label="Search the docs" autocomplete="off"><kbd aria-hidden="true">/</kbd><ol id="found" hidden></ol></div>
<a class="plain" href="${to('docs/index.html')}">Contents</a>
<button id="theme" type="button" aria-label="Light or dark" title="Light or dark">◐</button>
</header>
<div class="frame">
<details class="nav" open><summary>Pages</summary><nav aria-label="Pages">
${sections.map((section) => navSection(section, page, to)).join('\n')}
</nav></details>
<main id="content">
<article>
${page.html}</article>
${turns(page, sections, to)}</main>
${onThisPage(page)}
</div>
</body>
</html>
`
}

function navSection({ title, entries }, page, to) {
  const items = entries.map(({ title: name, url }) => {
    return `<li><a href="${to(url)}"${url === page.url ? ' aria-current="page"' : ''}>${escape(name)}</a></li>`
  })
  return `<section><h2>${escape(title)}</h2><ul>${items.join('')}</ul></section>`
}

function onThisPage({ headings }) {
  const own = headings.filter(({ depth }) => depth === 2 || depth === 3)
  const shown = own.length > 40 ? own.filter(({ depth }) => depth === 2) : own
  if (shown.length < 2) return '<aside></aside>'
  const items = shown.map(({ depth, id, text }) => `<li class="h${depth}"><a href="#${id}">${escape(text)}</a></li>`)
  return `<aside><nav aria-label="On this page"><h2>On this page</h2><ul>${items.join('')}</ul></nav></aside>`
}

/** The pages before and after, in the order of the contents. */
function turns(page, sections, to) {
  const all = sections.flatMap(({ entries }) => entries)
  const at = all.findIndex(({ url }) => url === page.url)
  if (at < 0) return ''
  const link = (one, rel, arrow) =>
    one === undefined
      ? '<span></span>'
      : `<a rel="${rel}" href="${to(one.url)}"><small>${arrow}</small>${escape(one.title)}</a>`
  return `<nav class="turns" aria-label="Neighbours">${link(all[at - 1], 'prev', 'before')}${link(all[at + 1], 'next', 'after')}</nav>\n`
}
