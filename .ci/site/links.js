// Does every link within the site lead to a page, and every anchor to something on it?
import { join, dirname, normalize } from 'node:path'

/** `{ from, to }` of each that does not. */
export function brokenLinks(pages, copies) {
  const ids = new Map(
    pages.map(({ url, html }) => [url, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
  )
  return pages.flatMap(({ path, url, html }) =>
    [...html.matchAll(/<a [^>]*?href="([^"]*)"/g)]
      .map(([, href]) => href)
      .filter((href) => !/^(?:https?|mailto):/.test(href) && !isFine(href, url, ids, copies))
      .map((to) => ({ from: path, to })),
  )
}

function isFine(href, url, ids, copies) {
  const [file, anchor] = href.split('#')
  const to = file === '' ? url : normalize(join(dirname(url), file)).replaceAll('\\', '/')
  if (copies.includes(to)) return true
  const known = ids.get(to)
  return known !== undefined && (anchor === undefined || known.has(decodeURIComponent(anchor)))
}
