import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface LoadedPackages {
  modules: readonly unknown[]
  version: string | undefined
}

/**
 * The packages that a handler in this folder would import; what is not there, as our own tree has it. Undefined when one of them
 * is not installed.
 */
export async function loadPackages(names: readonly string[], folder: string): Promise<LoadedPackages | undefined> {
  const modules: unknown[] = []
  for (const name of names) {
    const module = await load(name, folder)
    if (module === undefined) return undefined
    modules.push(module)
  }
  const [first] = names
  return { modules, version: first === undefined ? undefined : versionOf(first, folder) }
}

async function load(name: string, folder: string): Promise<unknown> {
  const path = pathOf(name, folder)
  try {
    return (await import(path === undefined ? name : pathToFileURL(path).href)) as unknown
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(name)) return undefined
    throw error
  }
}

/** Undefined where only `import` may have it. */
function pathOf(name: string, folder: string): string | undefined {
  try {
    return createRequire(join(folder, 'noop.js')).resolve(name)
  } catch {
    return undefined
  }
}

/** Of the package.json nearest to its main file: many packages do not export theirs. */
function versionOf(name: string, folder: string): string | undefined {
  const main = pathOf(name, folder) ?? pathOf(name, import.meta.dirname)
  for (let at = main === undefined ? '/' : dirname(main); at !== dirname(at); at = dirname(at)) {
    try {
      const found = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as { name?: string; version?: string }
      if (found.name === name) return found.version
    } catch {
      // Not there: further up.
    }
  }
  return undefined
}
