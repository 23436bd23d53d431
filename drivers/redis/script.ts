import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * A script as the server gets it: a function of our library, which the server compiles once and whose parts it keeps between
 * calls (Redis Functions), and where that is forbidden a text of its own, known by its SHA-1, which is begun anew at each call.
 */
export interface Script {
  readonly name: string
  /** What it is called in the library; without a name there, it is always sent as a text. */
  readonly called?: string
  readonly text: string
  readonly sha: string
}

/** All scripts in one text, for `FUNCTION LOAD`. Another release has another name: both work beside each other. */
export interface Library {
  readonly name: string
  readonly text: string
}

/** One Lua file. */
interface Source {
  text: string
  /** The parts that it needs, in the order in which they stand before it, each once. */
  parts: string[]
  /** It keeps Redis from refusing it for want of memory. */
  flags: string
}

const folder = new URL('scripts/', import.meta.url)
const includeLine = /^--- include (\S+)[^\S\n]*\n/gm
const flagsLine = /^#!lua flags=(\S+)\n/

const parts = new Map<string, string>()
/** Most parts are included by many: each file is read once. */
const files = new Map<string, string>()
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.slice(0, -4))
  .sort()

const sources = new Map(names.map((name) => [name, sourceOf(name)]))

export const library = libraryOf(sources)

const scripts = new Map([...sources].map(([name, source]) => [name, scriptOf(name, source)]))

/**
 * The script `scripts/<name>.lua`. A line `--- include <part>` stands for `scripts/lib/<part>.lua`; a part that is included twice, or by
 * another part, comes once, before what needs it. What a part remembers during a call its function `begin.<part>` makes new.
 */
export function loadScript(name: string): Script {
  const script = scripts.get(name)
  if (script === undefined) throw new Error(`There is no script ${name}.lua in ${folder.pathname}`)
  return script
}

/** What stands on a line of a text, counted from 1 as Redis does in its error messages. */
export function lineOf(text: string, line: number): string | undefined {
  return text.split('\n')[line - 1]?.trim()
}

function sourceOf(name: string): Source {
  const read = fileAt(`${name}.lua`)
  const included: string[] = []
  const text = withoutIncludes(read, included)
  const flags = flagsLine.exec(text)?.[1] ?? ''
  return { text: text.replace(flagsLine, ''), parts: included, flags }
}

function fileAt(path: string): string {
  let text = files.get(path)
  if (text === undefined) files.set(path, (text = readFileSync(new URL(path, folder), 'utf8')))
  return text
}

/** Notes what a file includes, and what that includes, before it. */
function withoutIncludes(text: string, included: string[]): string {
  for (const [, part] of text.matchAll(includeLine)) {
    if (included.includes(part!)) continue
    const own = withoutIncludes(fileAt(`lib/${part}.lua`), included)
    parts.set(part!, own.trimEnd())
    included.push(part!)
  }
  return text.replace(includeLine, '')
}

function textOf(part: string): string {
  return parts.get(part)!
}

/** One call: what its parts remember is made new, then it runs. */
function bodyOf({ text, parts }: Source): string {
  const begins = parts.filter((part) => textOf(part).includes(`\nfunction begin.${part}(`))
  const begun = begins.map((part) => `begin.${part}(KEYS, ARGV)`).join(' ')
  return `function(KEYS, ARGV)\n${begun}\n${text.trimEnd()}\nend`
}

/** Its text is put together when a server first wants it: most never do. */
function scriptOf(name: string, source: Source): Script {
  let text: string | undefined
  let sha: string | undefined
  return {
    name,
    called: calledIn(library, name),
    get text() {
      return (text ??= textFor(source))
    },
    get sha() {
      return (sha ??= shaOf(this.text))
    },
  }
}

function textFor(source: Source): string {
  const flags = source.flags === '' ? '' : `#!lua flags=${source.flags}\n`
  return `${flags}${source.parts.map(textOf).join('\n')}\nreturn (${bodyOf(source)})(KEYS, ARGV)\n`
}

function libraryOf(all: ReadonlyMap<string, Source>): Library {
  const order = [...new Set([...all.values()].flatMap((source) => source.parts))]
  const before = order.map(textOf).join('\n')
  const name = `fiber_work_${shaOf(before + JSON.stringify([...all])).slice(0, 12)}`
  const functions = [...all].map(([script, source]) => {
    const flags = source.flags === '' ? '' : `, flags = { '${source.flags}' }`
    const called = calledIn({ name }, script)
    return `redis.register_function{ function_name = '${called}', callback = ${bodyOf(source)}${flags} }`
  })
  return { name, text: `#!lua name=${name}\n${before}\n${functions.join('\n')}\n` }
}

/** Names of functions are the server's, not the library's. */
function calledIn({ name }: { name: string }, script: string): string {
  return `${name}_${script.replaceAll('-', '_')}`
}

function shaOf(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
