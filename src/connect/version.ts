import { readFileSync } from 'node:fs'

/** This package's version: from the nearest package.json above, which is the same file in a checkout and when installed. */
export const version: string = readVersion()

function readVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
        name?: string
        version?: string
      }
      if (found.name === 'fiber-work' && found.version !== undefined) return found.version
    } catch {
      // The other place is right: sources lie one folder higher than what is built from them.
    }
  }
  return '0.0.0'
}
