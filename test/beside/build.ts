import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makeProject, type Project } from '../support/project.ts'
import type { Place } from './places.ts'

/** How often beats, and how soon the jobs of a dead worker run elsewhere. */
const workFlags = [
  'work',
  '--no-supervisor',
  '--lease',
  '3s',
  '--beat',
  '250ms',
  '--grace',
  '5s',
  '--concurrency',
  '20',
]

/** A checkout or an installed package of fiber-work, built. Throws where there is none. */
export interface Build {
  folder: string
  version: string
}

export function buildAt(folder: string): Build {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>
  if (name !== 'fiber-work' || version === undefined) throw new Error(`${folder} is not fiber-work.`)
  readFileSync(join(folder, 'dist/src/cli/main.js'))
  return { folder, version }
}

/** A worker process of a build. */
export interface BuildWorker {
  pid: number
  hurt(signal: 'SIGKILL' | 'SIGTERM'): void
  /** Its exit code, null when it was killed; and what it said. */
  ended: Promise<{ code: number | null; said: string }>
}

/** A project of a user with one build of fiber-work, on a store. */
export class BuildProject implements Disposable {
  readonly version: string
  readonly #bin: string
  readonly #project: Project
  readonly #store: string[]
  readonly #env: NodeJS.ProcessEnv
  readonly #children = new Set<ChildProcess>()

  constructor({ folder, version }: Build, { url, ledger, able }: Place, history: string) {
    this.version = version
    this.#bin = join(folder, 'src/cli/bin.js')
    this.#project = makeProject()
    this.#project.write('jobs/beside.ts', readFileSync(new URL('./jobs.ts', import.meta.url)))
    mkdirSync(join(this.#project.folder, 'node_modules'), { recursive: true })
    symlinkSync(folder, join(this.#project.folder, 'node_modules/fiber-work'))
    this.#store = ['--url', url, ...(ledger === undefined ? [] : ['--ledger', ledger])]
    this.#env = { ...process.env, BESIDE_HISTORY: history, BESIDE_ABLE: able.join() }
  }

  /** Runs a command of the build, and answers its JSON. Throws what it says when it fails. */
  async ask<T>(args: string[], lines: readonly unknown[] = []): Promise<T> {
    const child = this.#spawn([...args, '--json'])
    let answer = ''
    child.stdout!.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    child.stdin!.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const { code, said } = await endOf(child)
    if (code === 0) return JSON.parse(answer) as T
    throw new Error(`${this.version}: \`fiber-work ${args.join(' ')}\` ended with ${code}: ${answer}${said}`)
  }

  work(): BuildWorker {
    const child = this.#spawn(workFlags)
    child.stdout!.resume()
    return { pid: child.pid!, hurt: (signal) => void child.kill(signal), ended: endOf(child) }
  }

  #spawn(args: string[]): ChildProcess {
    const child = spawn(process.execPath, [this.#bin, ...args, ...this.#store], {
      cwd: this.#project.folder,
      env: this.#env,
    })
    this.#children.add(child)
    return child
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL')
    this.#project.remove()
  }
}

const saidCharsMax = 4_000

function endOf(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-saidCharsMax)))
  return new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ code, said: signal === null ? said : `${said} ${signal}` })),
  )
}
