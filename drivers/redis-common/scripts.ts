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
  /** Where that is. */
  readonly library?: Library
  readonly text: string
  readonly sha: string
}

/** All scripts of a driver in one text, for `FUNCTION LOAD`. Another release has another name: both work beside each other. */
export interface Library {
  readonly name: string
  readonly text: string
}

/** The scripts of one driver. */
export interface Scripts {
  readonly library: Library
  /**
   * The script `<name>.lua`. A line `--- include <part>` stands for `lib/<part>.lua`; a part that is included twice, or by
   * another part, comes once, before what needs it. What a part remembers during a call its function `begin.<part>` makes new.
   */
  load(name: string): Script
}

/** One Lua file. */
interface Source {
  text: string
  /** The parts that it needs, in the order in which they stand before it, each once. */
  parts: string[]
  /** It keeps Redis from refusing it for want of memory. */
  flags: string
}

const common = new URL('scripts/', import.meta.url)
const includeLine = /^--- include (\S+)[^\S\n]*\n/gm
const flagsLine = /^#!lua flags=(\S+)\n/

/** Those in the driver's own folder, and those that all of its kin have; the library's name begins with `prefix`. */
export function scriptsIn(folder: URL, prefix: string): Scripts {
  const files = new Files([folder, common])
  const sources = new Map(files.names().map((name) => [name, sourceOf(files, name)]))
  const library = libraryOf(prefix, files, sources)
  const scripts = new Map([...sources].map(([name, source]) => [name, scriptOf(library, files, name, source)]))
  return {
    library,
    load(name) {
      const script = scripts.get(name)
      if (script === undefined) throw new Error(`There is no script ${name}.lua in ${folder.pathname}`)
      return script
    },
  }
}

/** What stands on a line of a text, counted from 1 as Redis does in its error messages. */
export function lineOf(text: string, line: number): string | undefined {
  return text.split('\n')[line - 1]?.trim()
}

/** Lua files of several folders, the first one first. */
class Files {
  readonly #folders: readonly URL[]
  /** Most parts are included by many: each file is read once. */
  readonly #texts = new Map<string, string>()
  /** What stands in a part, without its own includes. */
  readonly parts = new Map<string, string>()

  constructor(folders: readonly URL[]) {
    this.#folders = folders
  }

  names(): string[] {
    const files = this.#folders.flatMap((folder) => readdirSync(folder)).filter((file) => file.endsWith('.lua'))
    return [...new Set(files)].map((file) => file.slice(0, -4)).sort()
  }

  read(path: string): string {
    let text = this.#texts.get(path)
    if (text === undefined) this.#texts.set(path, (text = this.#readFirst(path)))
    return text
  }

  #readFirst(path: string): string {
    for (const folder of this.#folders.slice(0, -1)) {
      try {
        return readFileSync(new URL(path, folder), 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    return readFileSync(new URL(path, this.#folders.at(-1)), 'utf8')
  }
}

function sourceOf(files: Files, name: string): Source {
  const read = files.read(`${name}.lua`)
  const included: string[] = []
  const text = withoutIncludes(files, read, included)
  const flags = flagsLine.exec(text)?.[1] ?? ''
  return { text: text.replace(flagsLine, ''), parts: included, flags }
}

/** Notes what a file includes, and what that includes, before it. */
function withoutIncludes(files: Files, text: string, included: string[]): string {
  for (const [, part] of text.matchAll(includeLine)) {
    if (included.includes(part!)) continue
    const own = withoutIncludes(files, files.read(`lib/${part}.lua`), included)
    files.parts.set(part!, own.trimEnd())
    included.push(part!)
  }
  return text.replace(includeLine, '')
}

const textOf = (files: Files, part: string): string => files.parts.get(part)!

/** One call: what its parts remember is made new, then it runs. */
function bodyOf(files: Files, { text, parts }: Source): string {
  const begins = parts.filter((part) => textOf(files, part).includes(`\nfunction begin.${part}(`))
  const begun = begins.map((part) => `begin.${part}(KEYS, ARGV)`).join(' ')
  return `function(KEYS, ARGV)\n${begun}\n${text.trimEnd()}\nend`
}

/** Its text is put together when a server first wants it: most never do. */
function scriptOf(library: Library, files: Files, name: string, source: Source): Script {
  let text: string | undefined
  let sha: string | undefined
  return {
    name,
    called: calledIn(library, name),
    library,
    get text() {
      return (text ??= textFor(files, source))
    },
    get sha() {
      return (sha ??= shaOf(this.text))
    },
  }
}

function textFor(files: Files, source: Source): string {
  const flags = source.flags === '' ? '' : `#!lua flags=${source.flags}\n`
  const parts = source.parts.map((part) => textOf(files, part))
  return `${flags}${parts.join('\n')}\nreturn (${bodyOf(files, source)})(KEYS, ARGV)\n`
}

function libraryOf(prefix: string, files: Files, all: ReadonlyMap<string, Source>): Library {
  const order = [...new Set([...all.values()].flatMap((source) => source.parts))]
  const before = order.map((part) => textOf(files, part)).join('\n')
  const name = `${prefix}_${shaOf(before + JSON.stringify([...all])).slice(0, 12)}`
  const functions = [...all].map(([script, source]) => {
    const flags = source.flags === '' ? '' : `, flags = { '${source.flags}' }`
    const called = calledIn({ name }, script)
    return `redis.register_function{ function_name = '${called}', callback = ${bodyOf(files, source)}${flags} }`
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
