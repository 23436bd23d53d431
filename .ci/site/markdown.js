// Markdown to HTML: headings with anchors, code with colours, links that lead within the site.
import { Marked } from 'marked'
import { coloured, escape } from './code.js'

/**
 * `linkOf` answers where a link of the page leads in the site. The answer: HTML, the title, the headings (`{ depth, id, text }`) and
 * the text of each section for the search.
 */
export function render(markdown, linkOf) {
  const marked = new Marked({ gfm: true })
  const headings = []
  const taken = new Map()
  const idOf = (text) => {
    const slug = slugOf(text)
    const times = taken.get(slug) ?? 0
    taken.set(slug, times + 1)
    return times === 0 ? slug : `${slug}-${times}`
  }
  marked.use({
    renderer: {
      heading({ tokens, depth, text }) {
        const inner = this.parser.parseInline(tokens)
        const id = idOf(text)
        headings.push({ depth, id, text: plainOf(inner) })
        return `<h${depth} id="${id}">${inner} <a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h${depth}>\n`
      },
      code({ text, lang }) {
        return coloured(text, (lang ?? '').split(/\s/, 1)[0])
      },
      link({ href, tokens }) {
        return `<a href="${escape(linkOf(href))}"${outside(href)}>${this.parser.parseInline(tokens)}</a>`
      },
      tablecell({ header, tokens, text }) {
        const tag = header ? 'th' : 'td'
        return `<${tag}${header ? '' : widthOf(text)}>${this.parser.parseInline(tokens)}</${tag}>`
      },
      table(token) {
        const head = token.header.map((cell) => this.tablecell(cell)).join('')
        const rows = token.rows.map((cells) => `<tr>${cells.map((cell) => this.tablecell(cell)).join('')}</tr>`)
        const bare = token.header.every(({ text }) => text === '')
        return `<div class="table"><table>${bare ? '' : `<thead><tr>${head}</tr></thead>`}<tbody>\n${rows.join('\n')}</tbody></table></div>\n`
      },
      // What stands in comments is for the tests; other HTML is shown as text.
      html: ({ text }) => (text.trim().startsWith('<!--') ? '' : escape(text)),
    },
  })
  const html = marked.parse(markdown)
  return { html, headings, title: headings[0]?.text ?? '', sections: sectionsOf(html, headings) }
}

/** As GitHub makes them. */
export function slugOf(text) {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** HTML without its tags. */
export function plainOf(html) {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
}

/** A name stays on one line, and a sentence has room. */
function widthOf(text) {
  if (/^`[^`]{1,32}`(?: \\\*)?$/.test(text)) return ' class="name"'
  return text.length > 60 ? ' class="text"' : ''
}

const outside = (href) => (/^https?:/.test(href) ? ' rel="noreferrer"' : '')

function sectionsOf(html, headings) {
  const parts = html.split(/<h[1-6] id="[^"]*">/).slice(1)
  return parts.map((part, index) => ({ ...headings[index], words: plainOf(part.replace(/^.*<\/h[1-6]>/, '')) }))
}
