// Installs the tools of `npm run check` on first use, into a folder of their own: our lockfile stays free of them, because
// `npm ci` refuses a lockfile whose foreign platforms' optional binaries a registry lacks (docs/decisions/0002).
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, '.ci', 'tools')

/**
 * The environment in which a tool finds its neighbours (oxlint looks for tsgolint on the PATH) and our Node. Ours come first:
 * attw brings a `tsc` of its own, an older one.
 */
export const toolEnv = {
  ...process.env,
  PATH: [join(root, 'node_modules', '.bin'), join(folder, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
}

/** Installs what is missing or of another version. Answers false, having said why, if npm fails. */
export function ensureTools() {
  const wanted = Object.entries(readJson(join(folder, 'package.json')).dependencies)
  const missing = wanted.filter(([name, version]) => installedVersion(name) !== version)
  if (missing.length === 0) return true
  console.log(`installing ${missing.map(([name, version]) => `${name}@${version}`).join(' ')} into .ci/tools (once)`)
  const quiet = ['--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = spawnSync('npm', ['install', ...quiet], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (npm.status === 0) return true
  console.error('npm install in .ci/tools failed: the checks need the registry once')
  return false
}

function installedVersion(name) {
  try {
    return readJson(join(folder, 'node_modules', name, 'package.json')).version
  } catch {
    return undefined
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
