// Compiles to dist/, copies what the compiler leaves behind (SQL and Lua) and builds the web page, so that a checkout and a
// package run alike.
// The new tree is made beside the old one and moved in file by file: a worker that runs from dist/ meanwhile never sees a gap.
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWeb } from './build-web.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
// As deep as dist/, so that the paths inside the source maps stay true.
const fresh = `.dist-${process.pid}`
let status
try {
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc')
  const flags = ['-p', 'tsconfig.build.json', '--outDir', fresh]
  status = spawnSync(process.execPath, [compiler, ...flags], { stdio: 'inherit' }).status
  for (const asset of globSync('{drivers,src,dashboard,stress}/**/*.{sql,lua}')) cpSync(asset, join(fresh, asset))
  await buildWeb(join(fresh, 'dashboard', 'web'))
  moveInto('dist')
} finally {
  rmSync(fresh, { recursive: true, force: true })
}
process.exit(status ?? 1)

function moveInto(target) {
  const files = filesIn(fresh)
  for (const file of files) {
    if (sameBytes(join(fresh, file), join(target, file))) continue
    mkdirSync(dirname(join(target, file)), { recursive: true })
    renameSync(join(fresh, file), join(target, file))
  }
  const kept = new Set(files)
  for (const file of filesIn(target)) if (!kept.has(file)) rmSync(join(target, file))
}

function filesIn(folder) {
  return globSync('**/*', { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile())
}

function sameBytes(one, other) {
  try {
    return readFileSync(one).equals(readFileSync(other))
  } catch {
    return false
  }
}
