// What a stranger would install: packs it, lists what must not be in it, and lets publint and attw judge the tarball.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, toolEnv } from './tools.js'

const folder = mkdtempSync(join(tmpdir(), 'fiber-work-pack-'))
try {
  judge(process.execPath, [join(root, '.ci', 'build.js')])
  const [packed] = JSON.parse(npmPack())
  const tarball = join(folder, packed.filename)
  const strangers = packed.files.map((file) => file.path).filter((path) => !belongs(path))
  if (strangers.length > 0) fail(`must not be published:\n  ${strangers.join('\n  ')}`)
  judge('publint', ['run', tarball, '--strict'])
  // We publish ES modules only; `require` of them works on every Node that we support.
  judge('attw', [tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'table-flipped'])
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function npmPack() {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  return execFileSync('npm', args, { cwd: root, encoding: 'utf8' })
}

function belongs(path) {
  if (/\.test(-d)?\./.test(path)) return false
  return path.startsWith('dist/') || /^(src\/cli\/bin\.js|package\.json|LICENSE|README\.md|CHANGELOG\.md)$/.test(path)
}

function judge(command, args) {
  const result = spawnSync(command, args, { cwd: root, env: toolEnv, encoding: 'utf8' })
  if (result.status !== 0) fail(`${command}:\n${result.stdout ?? ''}${result.stderr ?? result.error?.message ?? ''}`)
}

function fail(message) {
  console.error(message)
  process.exitCode = 1
}
