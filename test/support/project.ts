import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

export interface Ran {
  /** 0, or what went wrong. */
  end: number | NodeJS.Signals
  stdout: string
  stderr: string
}

/** A user's project in a temporary folder. */
export interface Project {
  folder: string
  write(path: string, text: string | Uint8Array): void
  /** By the shell, as a user types it. With `until` Ctrl-C is pressed once that text was printed. */
  run(command: string, options?: { until?: string | undefined; timeoutMs?: number }): Promise<Ran>
  remove(): void
}

export function makeProject(packageJson: object = { type: 'module', private: true }): Project {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-project-'))
  const project: Project = {
    folder,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    },
    run: (command, options = {}) => run(folder, command, options.until, options.timeoutMs ?? 110_000),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
  project.write('package.json', JSON.stringify({ name: 'a-project', version: '1.0.0', ...packageJson }, null, 2))
  // npm and npx prefer what lies here: the project runs on the Node that runs the tests.
  link(process.execPath, join(folder, 'node_modules/.bin/node'))
  return project
}

/** As if installed from this checkout: quick, and stack traces name our files. `npm pack` is tested in test/package. */
export function linkCheckout(project: Project, packages: string[]): void {
  link(root, join(project.folder, 'node_modules/fiber-work'))
  link(join(root, 'src/cli/bin.js'), join(project.folder, 'node_modules/.bin/fiber-work'))
  for (const name of packages) {
    const target = join(root, 'node_modules', name)
    if (existsSync(target)) link(target, join(project.folder, 'node_modules', name))
  }
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

function run(folder: string, command: string, until: string | undefined, timeoutMs: number): Promise<Ran> {
  const path = [join(folder, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
  // What vitest and npm set for their own children is not a user's environment.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|VITEST|NODE_ENV|NODE_OPTIONS)/i.test(name),
  )
  const env = { ...Object.fromEntries(inherited), PATH: path, npm_config_update_notifier: 'false' }
  // A group of its own, so that the shell, npx and what they start end together.
  const child = spawn('bash', ['-c', command], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  let stopped = false
  const stop = (signal: NodeJS.Signals) => child.pid !== undefined && process.kill(-child.pid, signal)
  const timer = setTimeout(() => stop('SIGKILL'), timeoutMs)
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      said[stream] += chunk
      if (until === undefined || stopped || !said[stream].includes(until)) return
      stopped = true
      stop('SIGINT')
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ end: signal ?? code ?? 1, ...said })
    })
  })
}
