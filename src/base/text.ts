/**
 * Text from outside (names, errors, inputs, URLs) made fit to be shown: on a terminal, in a log line, in a table.
 * Nothing here knows a terminal; it only promises that what comes out cannot steer one.
 */

const printableAscii = /^[\x20-\x7e]*$/

// Sequences with their payload: CSI, then the string sequences (OSC, DCS, SOS, PM, APC) up to their terminator, then two-byte ones.
// An unterminated string sequence loses its introducer only: its text is harmless without it, and may be what one looks for.
const csi = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]/g
const string = /(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)/g
const escape = /\x1b[ -/]*[0-~]?/g

const lineBreak = /\p{Z}*[\t-\r\x85\p{Zl}\p{Zp}][\t-\r\x85\p{Z}]*/gu
const oddSpace = /\p{Z}/gu
// Cc control, Cf format (bidi, joiners, tags), variation selectors and fillers that show nothing.
const invisible = /(?![\t-\r\x85])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
// What Unicode has not assigned: no terminal agrees on its width.
const unknown = /\p{Cn}/gu
const leadingMarks = /^\p{M}+/u
const markPile = /(\p{M}{3})\p{M}+/gu

/**
 * The text on one line, without anything that could steer a terminal: no control characters, no escape sequences
 * (CSI, OSC, …), no bidi or zero-width formatting. A line break or tab, with the white space around it, becomes one space; what has no glyph becomes U+FFFD.
 */
export function plain(text: string): string {
  if (printableAscii.test(text)) return text
  // Well-formed first: taking something out between two lone surrogates would make a character of them.
  return text
    .toWellFormed()
    .replace(csi, '')
    .replace(string, '')
    .replace(escape, '')
    .replace(invisible, '')
    .replace(unknown, '\ufffd')
    .replace(lineBreak, ' ')
    .replace(oddSpace, ' ')
    .replace(leadingMarks, '')
    .replace(markPile, '$1')
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u
const zero = /[\p{Mn}\p{Me}]/u

/** How many columns one character (a whole code point) takes: 0, 1 or 2. */
export function columnsOfCharacter(character: string): 0 | 1 | 2 {
  if (character < '\u0300') return 1
  if (zero.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** How many columns a `plain` text takes on a terminal. */
export function columnsOf(text: string): number {
  if (printableAscii.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += columnsOfCharacter(character)
  return columns
}

/** The text, plain, in at most `columns` columns; what was cut off shows as `mark` (`…` by default). */
export function cut(text: string, columns: number, mark = '…'): string {
  // A megabyte in a cell: only its beginning can be seen, so only that is looked at.
  const head = text.slice(0, Math.max(columns, 0) * 16 + 256)
  const clean = plain(head)
  if (head.length === text.length && columnsOf(clean) <= columns) return clean
  const room = columns - columnsOf(mark)
  if (room < 0) return ''
  let kept = ''
  let used = 0
  for (const character of clean) {
    const more = columnsOfCharacter(character)
    if (used + more > room) break
    kept += character
    used += more
  }
  return kept + mark
}

/** The text, plain, cut and filled with spaces to exactly `columns` columns. */
export function fit(text: string, columns: number, align: 'left' | 'right' = 'left', mark = '…'): string {
  if (columns <= 0) return ''
  const short = cut(text, columns, mark)
  const space = ' '.repeat(columns - columnsOf(short))
  return align === 'left' ? short + space : space + short
}

const hidden = '***'
const secretParameter =
  /([?&;](?:\w*password|pass(?:wd)?|pwd|secret|token|sig|signature|auth|credentials?|[\w-]*(?:api|access|secret)[_-]?key|x-amz-[\w-]+)=)[^&;#\s]*/gi

/** The URL without its password and without secrets in its query: `redis://user:***@host`. Never throws; takes malformed URLs too. */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is, (_, scheme: string, rest: string) => scheme + redactUser(rest))
    .replace(secretParameter, `$1${hidden}`)
}

function redactUser(rest: string): string {
  const end = userEnd(rest)
  const colon = rest.indexOf(':')
  return colon < 0 || colon > end ? rest : `${rest.slice(0, colon)}:${hidden}${rest.slice(end)}`
}

/** Where the `@` after user and password stands, or −1. */
function userEnd(rest: string): number {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? ''
  // A raw `@`, `/`, `?` or `#` in the password: such a URL connects to nothing, but it stands in the error message. So the last
  // `@` counts, at the price of hiding a host that is followed by another one.
  const portOrNothing = /^(?:\[[^\]]*\]|[^:@]*)(?::\d+)?$/.test(authority)
  return portOrNothing ? -1 : rest.lastIndexOf('@')
}

/** Running text (a log line, an error message) with every URL in it redacted. */
export function redactUrls(text: string): string {
  if (!text.includes('://')) return text
  // What has neither a user nor a query, as each line of a stack, has nothing to hide.
  return text.replace(/[a-z][a-z0-9+.-]{0,31}:\/\/[^\s"'<>]+/gi, (url) => (/[@?&;]/.test(url) ? redactUrl(url) : url))
}
