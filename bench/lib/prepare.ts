import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'

const here = join(import.meta.dirname, '..')

/** Where the contenders lie as plain JavaScript. */
export const runFolder: string = join(here, '.run')

/** The peers, in a tree of their own, at the versions that are pinned. */
export function installPeers(): void {
  if (Object.entries(pinned()).every(([peer, version]) => installed(peer) === version.split('@').at(-1))) return
  console.error('installing the peers …')
  // better-sqlite3 ships its binary inside the package; building it anew would need a compiler.
  execFileSync('npm', ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** What package.json asks for: a version, or `npm:other-name@version`. */
function pinned(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  return dependencies
}

/** The version of a peer in this folder's own tree; undefined where it is not. */
export function installed(peer: string): string | undefined {
  const path = join(here, 'node_modules', peer, 'package.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version : undefined
}

/**
 * What is measured is what is shipped: the built product, and contenders without types. Node's own type stripping would
 * add some 40 MB to every contender. `built`: what lies in dist/ is up to date.
 */
export function prepareContenders({ built }: { built: boolean }): void {
  if (!built)
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: join(here, '..'), stdio: ['ignore', 'ignore', 'inherit'] })
  mkdirSync(runFolder, { recursive: true })
  for (const file of globSync('**/*.ts', { cwd: join(here, 'contenders') })) {
    const plain = stripTypeScriptTypes(readFileSync(join(here, 'contenders', file), 'utf8'), { mode: 'strip' })
    const built = plain
      .replaceAll(/'\.\.\/\.\.\/(src|drivers|dashboard)\//g, "'../../dist/$1/")
      .replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'")
    const path = join(runFolder, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, built)
  }
}
