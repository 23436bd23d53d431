import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Source {
  /** From the root of the checkout, with forward slashes. */
  path: string
  text: string
}

/** The files under these folders that end so. A folder that does not exist yet has none. */
export function sources(folders: string[], endings: string[]): Source[] {
  const patterns = folders.flatMap((folder) => endings.map((ending) => `${folder}/**/*.${ending}`))
  return read(patterns)
}

/** The files that match these patterns. */
export function read(patterns: string[]): Source[] {
  const skipped = /(?:^|\/)(?:node_modules|dist|coverage)\//
  return globSync(patterns, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !skipped.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }))
}

export const isTest = ({ path }: Source): boolean => /\.test(?:-d)?\.ts$/.test(path)

/** The code of the product, tests left out. */
export function productCode(): Source[] {
  return sources(['src', 'drivers', 'facades', 'dashboard', 'stress'], ['ts', 'tsx', 'js']).filter(
    (file) => !isTest(file),
  )
}
