import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { input, report } from './input.ts'

// CPU of a command that starts and ends, from the built package: what a shell user and an importing app pay.
const { command } = input({ command: 'help' })
const root = join(import.meta.dirname, '..', '..')
const args = {
  help: [join(root, 'src/cli/bin.js'), '--help'],
  import: ['--input-type=module', '-e', `import ${JSON.stringify(join(root, 'dist/src/index.js'))}`],
  bare: ['-e', '0'],
}[command]!
const probe = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null', process.execPath, ...args], {
  encoding: 'utf8',
})
const [user, system] = probe.stderr.trim().split('\n').at(-1)!.split(' ').map(Number)
report({ cpuMs: (user! + system!) * 1_000 })
