/** Reads TypeScript just well enough to know what is code, what is a comment and what is text. */

export interface Import {
  /** What stands between the quotes. */
  from: string
  line: number
  /** The statement, as far as the name. */
  text: string
}

const importForms = [
  /\b(?:import|export)\b(?![.(])[^'"`;]*?\bfrom\s*(['"])(?<from>[^'"]+)\1/g,
  /\bimport\s*(['"])(?<from>[^'"]+)\1/g,
  /\b(?:import|require)\s*\(\s*(['"`])(?<from>[^'"`]+)\1/g,
  // How a thread or a child process names the file it runs.
  /\bnew\s+URL\s*\(\s*(['"])(?<from>\.[^'"]*\.[jt]s)\1\s*,\s*import\.meta\.url/g,
]

/** Every module that a file names, type-only and dynamic imports included. */
export function importsOf(text: string): Import[] {
  const code = mask(text, 'comments')
  const found: Import[] = []
  for (const form of importForms) {
    for (const match of code.matchAll(form)) {
      const from = match.groups?.['from']
      if (from !== undefined) found.push({ from, line: lineAt(code, match.index), text: match[0] })
    }
  }
  return found
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

type Kind = 'code' | 'comment' | 'string'

/** Blanks the comments, or the comments and the texts; line numbers and columns stay what they were. */
export function mask(text: string, what: 'comments' | 'comments and strings'): string {
  let masked = ''
  for (const { kind, part } of parts(text)) {
    const keep = kind === 'code' || (kind === 'string' && what === 'comments')
    masked += keep ? part : part.replace(/[^\n]/g, ' ')
  }
  return masked
}

const starts = /\/\/|\/\*|['"`/{}]/g
/** After these a slash begins a regular expression; after anything else it divides. */
const beforeRegExp = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield))\s*$/

function* parts(text: string): Generator<{ kind: Kind; part: string }> {
  // One entry an open `${`: how many braces are open inside it.
  const templates: number[] = []
  let at = 0
  let code = 0
  while (at < text.length) {
    starts.lastIndex = at
    const start = starts.exec(text)
    if (start === null) break
    const token = start[0]
    at = start.index + token.length
    let end: number | undefined
    let kind: Kind = 'string'
    if (token === '//' || token === '/*') {
      kind = 'comment'
      end = after(text, token === '//' ? '\n' : '*/', at)
      if (token === '//' && end <= text.length && text[end - 1] === '\n') end -= 1
    } else if (token === '{') {
      if (templates.length > 0) templates.push((templates.pop() ?? 0) + 1)
    } else if (token === '}') {
      const open = templates.pop()
      if (open === 0) end = templateEnd(text, at, templates)
      else if (open !== undefined) templates.push(open - 1)
    } else if (token === '`') end = templateEnd(text, at, templates)
    else if (token === '/') {
      if (beforeRegExp.test(text.slice(Math.max(0, start.index - 40), start.index))) end = regExpEnd(text, at)
    } else end = closed(text, at, token)
    if (end === undefined) continue
    yield { kind: 'code', part: text.slice(code, start.index) }
    yield { kind, part: text.slice(start.index, end) }
    at = code = end
  }
  yield { kind: 'code', part: text.slice(code) }
}

function after(text: string, mark: string, from: number): number {
  const index = text.indexOf(mark, from)
  return index < 0 ? text.length : index + mark.length
}

function closed(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote || text[at] === '\n') return at + 1
  }
  return text.length
}

function regExpEnd(text: string, from: number): number {
  let inClass = false
  for (let at = from; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) return at + 1
  }
  return from
}

/** The end of the text part of a template that starts at `from`; opens a new level where it stops at a `${`. */
function templateEnd(text: string, from: number, templates: number[]): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '`') return at + 1
    else if (text[at] === '$' && text[at + 1] === '{') {
      templates.push(0)
      return at + 2
    }
  }
  return text.length
}
