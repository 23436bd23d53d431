import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { linkCheckout, makeProject, type Ran, root } from './project.ts'

/** A command line that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly said: { stdout: string; stderr: string }
  /** Resolves when stderr or stdout contains it; rejects when the process ends before. */
  until(text: string | RegExp, timeoutMs?: number): Promise<void>
  /** How it ended. */
  readonly ended: Promise<Ran>
}

export interface CliOptions {
  env?: Record<string, string>
  input?: string
}

/** A user's project in a temporary folder, with the built command line of this checkout. */
export interface CliProject {
  folder: string
  write(path: string, text: string | Uint8Array): void
  has(path: string): boolean
  read(path: string): string
  /** Runs to its end. */
  cli(args: string, options?: CliOptions): Promise<Ran>
  /** Runs with `--json` and answers the one document on stdout. */
  json<T = Record<string, unknown>>(args: string, options?: CliOptions): Promise<T>
  start(args: string, options?: CliOptions): Running
  /** Ends what still runs, and takes the folder away. */
  remove(): void
}

const bin = join(root, 'src/cli/bin.js')

export function makeCliProject(packages: string[] = []): CliProject {
  const project = makeProject()
  linkCheckout(project, ['zod', ...packages])
  const running: Running[] = []
  const start = (args: string, options: CliOptions = {}) => {
    const one = run(project.folder, args, options)
    running.push(one)
    return one
  }
  return {
    folder: project.folder,
    write: (path, text) => project.write(path, text),
    has: (path) => existsSync(join(project.folder, path)),
    read: (path) => readFileSync(join(project.folder, path), 'utf8'),
    start,
    cli: (args, options) => start(args, options).ended,
    async json<T>(args: string, options?: CliOptions) {
      const { stdout, stderr } = await start(`${args} --json`, options).ended
      try {
        return JSON.parse(stdout) as T
      } catch {
        throw new Error(`not one JSON document: ${stdout}\n${stderr}`)
      }
    },
    remove() {
      for (const { child } of running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      project.remove()
    },
  }
}

/** Arguments as a shell would split them, single quotes included. */
function split(args: string): string[] {
  return [...args.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)
}

function run(cwd: string, args: string, { env = {}, input }: CliOptions): Running {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|VITEST|NODE_ENV|NODE_OPTIONS|FIBER_WORK_)/i.test(name)),
  )
  const child = spawn(process.execPath, [bin, ...split(args)], {
    cwd,
    env: { ...inherited, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.end(input)
  const said = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]!.setEncoding('utf8').on('data', (chunk: string) => {
      said[stream] += chunk
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ end: signal ?? code ?? 1, ...said })
      for (const listener of listeners) listener()
    })
  })
  const until = (text: string | RegExp, timeoutMs = 30_000) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        const all = said.stderr + said.stdout
        if (typeof text === 'string' ? all.includes(text) : text.test(all)) end(resolve)
        else if (child.exitCode !== null || child.signalCode !== null)
          end(() => reject(new Error(`ended before ${String(text)}:\n${all}`)))
      }
      const timer = setTimeout(
        () => end(() => reject(new Error(`${String(text)} did not come:\n${said.stderr}${said.stdout}`))),
        timeoutMs,
      )
      const end = (settle: () => void) => {
        clearTimeout(timer)
        listeners.delete(look)
        settle()
      }
      listeners.add(look)
      look()
    })
  return { child, said, until, ended }
}

/** Waits until it holds, looking every 50 ms. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what} did not come true within ${timeoutMs} ms`)
}
