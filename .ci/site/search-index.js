// What the search looks through: a line for each section, its words once each.

const common = new Set(
  'the and for that with not are from its one which has have who what when this than them they there then was may can all any but does into only other'.split(
    ' ',
  ),
)

/** A script, since a page that was opened from the disk may not fetch: `[url, page, heading, words]` for each section. */
export function searchIndex(pages) {
  const entries = pages
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ url, title, sections }) =>
      sections.map(({ depth, id, text, words }) => [
        depth === 1 ? url : `${url}#${id}`,
        title,
        depth === 1 ? '' : text,
        wordsOf(words).join(' '),
      ]),
    )
  return `globalThis.searchIndex = ${JSON.stringify(entries)}\n`
}

/** Names as they are and in their parts: `graceMs`, `FW_JOB_UNKNOWN`, `--http-host`. */
function wordsOf(text) {
  const all = text.toLowerCase().match(/[\p{L}\p{N}_][\p{L}\p{N}_-]{2,}/gu) ?? []
  return [...new Set(all)].filter((word) => !common.has(word) && word.length < 40)
}
