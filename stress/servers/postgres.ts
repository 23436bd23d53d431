import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from './redis.ts'

export interface PostgresServerOptions {
  /** Lines of postgresql.conf: `{ max_connections: 5 }`. */
  config?: Record<string, string | number>
  /** Lines of pg_hba.conf. Default: everybody from this machine is trusted. */
  access?: string[]
}

/** Debian keeps the server's programs out of the PATH. */
function program(name: string): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
  ]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

export const hasPostgresServer = (): boolean => program('initdb') !== undefined && program('postgres') !== undefined

/** The server refuses to run as root: it is somebody else then. */
function nobody(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

function send(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}

/** A PostgreSQL of our own on a free port, in a temporary folder; it does not outlive this process. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number
  readonly folder: string
  readonly #options: PostgresServerOptions
  readonly #owner = nobody()
  #child: ChildProcess | undefined
  #paused: number[] = []
  readonly #abandon = () => {
    this.#child?.kill('SIGQUIT')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private constructor(port: number, options: PostgresServerOptions) {
    this.port = port
    this.folder = mkdtempSync(join(tmpdir(), 'fiber-work-postgres-'))
    this.#options = options
    process.once('exit', this.#abandon)
  }

  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort(), options)
    try {
      server.#initialize()
      await server.start()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`
  }

  /** Again, after it was killed or stopped; with the data that it left. Resolves when it takes connections. */
  async start(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#launch()
      } catch (error) {
        // Children of a killed postmaster hold its shared memory until they have noticed.
        if (tries === 50 || !String(error).includes('shared memory block')) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  /** `SIGKILL` takes the postmaster alone; its children notice. `SIGQUIT` is a crash of all, `SIGINT` a fast shutdown. */
  async kill(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  async restart(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT' = 'SIGINT'): Promise<void> {
    await this.kill(signal)
    await this.start()
  }

  /** It lives, and says nothing: the postmaster first, so that it begins no more children. */
  pause(): void {
    const { pid } = this.#child!
    process.kill(pid!, 'SIGSTOP')
    this.#paused = [pid!, ...childrenOf(pid!)]
    for (const one of this.#paused) send(one, 'SIGSTOP')
  }

  resume(): void {
    for (const one of this.#paused) send(one, 'SIGCONT')
    this.#paused = []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#abandon)
    this.resume()
    await this.kill('SIGQUIT')
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #launch(): Promise<void> {
    let said = ''
    const [command, args, owner] = this.#command()
    const child = (this.#child = spawn(command, args, { ...owner, stdio: ['ignore', 'ignore', 'pipe'] }))
    await new Promise<void>((ready, failed) => {
      child.stderr!.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-10_000)
        if (said.includes('ready to accept connections')) ready()
      })
      child.once('error', failed)
      child.once('exit', (code) => failed(new Error(`postgres ended with ${code}: ${said}`)))
    })
  }

  /** Where Linux can, it ends with us even if we are killed. */
  #command(): [command: string, args: string[], owner: { uid: number; gid: number } | undefined] {
    const server = [program('postgres')!, '-D', this.folder]
    if (program('setpriv') === undefined) return [server[0]!, server.slice(1), this.#owner]
    const who =
      this.#owner === undefined
        ? []
        : ['--reuid', String(this.#owner.uid), '--regid', String(this.#owner.gid), '--clear-groups']
    return ['setpriv', [...who, '--pdeathsig', 'QUIT', ...server], undefined]
  }

  #initialize(): void {
    chmodSync(this.folder, 0o700)
    if (this.#owner !== undefined) chownSync(this.folder, this.#owner.uid, this.#owner.gid)
    const args = ['-D', this.folder, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync']
    execFileSync(program('initdb')!, args, { ...this.#owner, cwd: tmpdir(), stdio: 'pipe' })
    const config = {
      port: this.port,
      listen_addresses: "'127.0.0.1'",
      unix_socket_directories: "''",
      shared_buffers: '16MB',
      ...this.#options.config,
    }
    const lines = Object.entries(config).map(([name, value]) => `${name} = ${value}\n`)
    writeFileSync(join(this.folder, 'postgresql.auto.conf'), lines.join(''))
    if (this.#options.access !== undefined) {
      writeFileSync(join(this.folder, 'pg_hba.conf'), `${this.#options.access.join('\n')}\n`)
    }
  }
}
