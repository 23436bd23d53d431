import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './redis.ts'

const run = promisify(execFile)

export interface MariadbServerOptions {
  /** Lines of `[mysqld]`: `{ 'max-connections': 4 }`. */
  config?: Record<string, string | number>
  /** Speak TLS too. */
  tls?: { key: string; cert: string; ca: string }
}

export const hasMariadb = (): boolean => exists('mariadbd') && exists('mariadb-install-db')

function exists(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore', env: environment() })
    return true
  } catch {
    return false
  }
}

/** Distributions put the server beside what only the administrator uses. */
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`,
})

/** Where Linux can, a server ends with us even if we are killed. */
const mortal = (): string[] => (exists('setpriv') ? ['setpriv', '--pdeathsig', 'KILL', 'mariadbd'] : ['mariadbd'])

/** A MariaDB of our own on a free port, in a temporary folder, with the database `test`; it does not outlive this process. */
export class MariadbServer implements AsyncDisposable {
  readonly port: number
  readonly folder: string
  readonly #options: MariadbServerOptions
  #child: ChildProcess | undefined
  readonly #abandon = () => {
    this.#child?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private constructor(port: number, options: MariadbServerOptions) {
    this.port = port
    this.folder = mkdtempSync(join(tmpdir(), 'fiber-work-mariadb-'))
    this.#options = options
    process.once('exit', this.#abandon)
  }

  static async start(options: MariadbServerOptions = {}): Promise<MariadbServer> {
    const server = new MariadbServer(await freePort(), options)
    try {
      await server.#install()
      await server.start()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  get url(): string {
    return `mysql://root@127.0.0.1:${this.port}/test`
  }

  get pid(): number {
    return this.#child!.pid!
  }

  /** Again, after it was killed or stopped; with the data that it left. */
  async start(): Promise<void> {
    const [command, ...before] = mortal()
    const child = spawn(command!, [...before, `--defaults-file=${join(this.folder, 'my.cnf')}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: environment(),
    })
    this.#child = child
    let said = ''
    await new Promise<void>((ready, failed) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes('ready for connections')) ready()
      })
      child.once('error', failed)
      child.once('exit', (code) => failed(new Error(`mariadbd ended with ${code}: ${said.slice(-2_000)}`)))
    })
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    await this.kill(signal)
    await this.start()
  }

  /** It lives, and says nothing. */
  pause(): void {
    this.#child!.kill('SIGSTOP')
  }

  resume(): void {
    this.#child!.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#abandon)
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #install(): Promise<void> {
    writeFileSync(join(this.folder, 'my.cnf'), this.#config())
    const init = join(this.folder, 'init.sql')
    writeFileSync(init, 'create database if not exists test;\n')
    const file = `--defaults-file=${join(this.folder, 'my.cnf')}`
    await run('mariadb-install-db', [file, '--auth-root-authentication-method=normal', '--skip-test-db'], {
      env: environment(),
    })
  }

  #config(): string {
    const { config, tls } = this.#options
    for (const [name, pem] of Object.entries(tls ?? {})) writeFileSync(this.#file(name), pem, { mode: 0o600 })
    const lines: Record<string, string | number> = {
      user: process.getuid?.() === 0 ? 'root' : '',
      datadir: join(this.folder, 'data'),
      'bind-address': '127.0.0.1',
      port: this.port,
      socket: join(this.folder, 'socket'),
      'init-file': join(this.folder, 'init.sql'),
      'innodb-buffer-pool-size': '64M',
      'innodb-log-file-size': '16M',
      'skip-name-resolve': 1,
      ...(tls !== undefined && {
        'ssl-key': this.#file('key'),
        'ssl-cert': this.#file('cert'),
        'ssl-ca': this.#file('ca'),
      }),
      ...config,
    }
    const given = Object.entries(lines).filter(([, value]) => value !== '')
    return ['[mysqld]', ...given.map(([name, value]) => `${name} = ${value}`), ''].join('\n')
  }

  #file(name: string): string {
    return join(this.folder, `${name}.pem`)
  }
}
