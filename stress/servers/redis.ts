import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface RedisServerOptions {
  /** Lines of redis.conf: `{ appendonly: 'yes', appendfsync: 'always' }`. */
  config?: Record<string, string | number>
  password?: string
  /** Speak TLS, and only that. */
  tls?: { key: string; cert: string; ca: string; clientCertificates?: boolean }
  /** Watch these masters instead of storing anything. */
  sentinel?: boolean
}

export const hasRedisServer = (): boolean => exists('redis-server')

function exists(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Where Linux can, a server ends with us even if we are killed. */
function mortal(): [string, ...string[]] {
  return exists('setpriv') ? ['setpriv', '--pdeathsig', 'KILL', 'redis-server'] : ['redis-server']
}

/** A port that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

/** A redis-server of our own on a free port, in a temporary folder; it does not outlive this process. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly folder: string
  readonly #options: RedisServerOptions
  #child: ChildProcess | undefined
  #said = ''
  readonly #abandon = () => {
    this.#child?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private constructor(port: number, options: RedisServerOptions) {
    this.port = port
    this.folder = mkdtempSync(join(tmpdir(), 'fiber-work-redis-'))
    this.#options = options
    process.once('exit', this.#abandon)
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let tries = 1; ; tries++) {
      const server = new RedisServer(await freePort(), options)
      try {
        await server.start()
        return server
      } catch (error) {
        await server[Symbol.asyncDispose]()
        // Somebody was quicker to take the port.
        if (tries === 5 || !(error as Error).message.includes('Address already in use')) throw error
      }
    }
  }

  get url(): string {
    const { password, tls } = this.#options
    return `${tls === undefined ? 'redis' : 'rediss'}://${password === undefined ? '' : `:${password}@`}127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#child!.pid!
  }

  /** Again, after it was killed or stopped; with the data that it left. Resolves when it listens, maybe while it loads. */
  async start(): Promise<void> {
    const file = join(this.folder, 'redis.conf')
    // A sentinel rewrites its own: what it has learnt stays.
    if (!(this.#options.sentinel === true && this.#child !== undefined))
      writeFileSync(file, this.#config(), { mode: 0o600 })
    this.#said = ''
    const args = [file, ...(this.#options.sentinel === true ? ['--sentinel'] : [])]
    const [command, ...before] = mortal()
    const child = (this.#child = spawn(command, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }))
    child.stderr!.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    await new Promise<void>((ready, failed) => {
      child.stdout!.on('data', (chunk: Buffer) => {
        this.#said += chunk.toString()
        if (/Server initialized|Sentinel ID is/.test(this.#said)) ready()
      })
      child.once('error', failed)
      child.once('exit', (code) => failed(new Error(`redis-server ended with ${code}: ${this.#said}`)))
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

  /** A command by redis-cli: its answer as a text. */
  async say(...args: (string | number)[]): Promise<string> {
    const { password, tls } = this.#options
    const secret = password === undefined ? {} : { REDISCLI_AUTH: password }
    const secure =
      tls === undefined
        ? []
        : ['--tls', ...['cert', 'key', 'cacert'].flatMap((name) => [`--${name}`, this.#file(name)])]
    const command = ['-p', String(this.port), ...secure, '--raw', '-e', ...args.map(String)]
    const { stdout } = await run('redis-cli', command, { env: { ...process.env, ...secret } })
    return stdout.trimEnd()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#abandon)
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #file(name: string): string {
    return join(this.folder, `${name}.pem`)
  }

  #config(): string {
    const { password, tls, config } = this.#options
    const lines: Record<string, string | number> = {
      port: tls === undefined ? this.port : 0,
      bind: '127.0.0.1',
      dir: this.folder,
      daemonize: 'no',
      ...(this.#options.sentinel !== true && { save: '""', 'enable-debug-command': 'yes' }),
      ...(password !== undefined && { requirepass: password }),
      ...(tls !== undefined && this.#tlsConfig(tls)),
      ...config,
    }
    return Object.entries(lines)
      .map(([name, value]) => `${name} ${value}\n`)
      .join('')
  }

  #tlsConfig({
    key,
    cert,
    ca,
    clientCertificates = false,
  }: NonNullable<RedisServerOptions['tls']>): Record<string, string | number> {
    for (const [name, pem] of Object.entries({ key, cert, cacert: ca }))
      writeFileSync(this.#file(name), pem, { mode: 0o600 })
    return {
      'tls-port': this.port,
      'tls-key-file': this.#file('key'),
      'tls-cert-file': this.#file('cert'),
      'tls-ca-cert-file': this.#file('cacert'),
      'tls-auth-clients': clientCertificates ? 'yes' : 'no',
    }
  }
}
