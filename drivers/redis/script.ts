import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A Lua script as the server gets it: one text with what it includes, known there by its SHA-1. */
export interface Script {
  readonly name: string
  readonly text: string
  readonly sha: string
}

const folder = new URL('scripts/', import.meta.url)
const includeLine = /^--- include (\S+)[^\S\n]*$/gm
const loaded = new Map<string, Script>()

/**
 * The script `scripts/<name>.lua`. A line `--- include <part>` stands for `scripts/lib/<part>.lua`; a part that is included twice, or by
 * another part, comes once, before what needs it.
 */
export function loadScript(name: string): Script {
  let script = loaded.get(name)
  if (script === undefined) {
    const text = resolve(`${name}.lua`, new Set())
    script = { name, text, sha: createHash('sha1').update(text).digest('hex') }
    loaded.set(name, script)
  }
  return script
}

function resolve(path: string, included: Set<string>): string {
  return readFileSync(new URL(path, folder), 'utf8').replace(includeLine, (_, part: string) => {
    if (included.has(part)) return ''
    included.add(part)
    return resolve(`lib/${part}.lua`, included).trimEnd()
  })
}

/** What stands on a line of the script, counted from 1 as Redis does in its error messages. */
export function lineOf(script: Script, line: number): string | undefined {
  return script.text.split('\n')[line - 1]?.trim()
}
