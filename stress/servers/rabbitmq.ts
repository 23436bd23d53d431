import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './redis.ts'

const run = promisify(execFile)
/** The scripts on the PATH change to the system's user and its folders. */
const programs = '/usr/lib/rabbitmq/bin'
const startMsMax = 120_000
const untilInputEnds = 'exec 3<&0; (cat <&3 >/dev/null; kill -9 -$$) & "$0" & wait $!'

export interface RabbitmqServerOptions {
  /** Lines of rabbitmq.conf: `{ 'vm_memory_high_watermark.relative': 0.4 }`. */
  config?: Record<string, string | number>
  /** Terms of advanced.config, in the section of `rabbit`: `{consumer_timeout, 5000}`. */
  terms?: string[]
}

export function hasRabbitmqServer(): boolean {
  try {
    execFileSync('test', ['-x', join(programs, 'rabbitmq-server')])
    return true
  } catch {
    return false
  }
}

/** A RabbitMQ of our own on free ports, in a temporary folder, without plugins; it does not outlive this process. */
export class RabbitmqServer implements AsyncDisposable {
  readonly port: number
  readonly folder: string
  readonly #distPort: number
  readonly #node: string
  readonly #options: RabbitmqServerOptions
  #child: ChildProcess | undefined
  readonly #abandon = () => {
    this.#signal('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private constructor(port: number, distPort: number, options: RabbitmqServerOptions) {
    this.port = port
    this.#distPort = distPort
    this.#node = `fw${randomBytes(4).toString('hex')}@localhost`
    this.folder = mkdtempSync(join(tmpdir(), 'fiber-work-rabbitmq-'))
    this.#options = options
    process.once('exit', this.#abandon)
  }

  static async start(options: RabbitmqServerOptions = {}): Promise<RabbitmqServer> {
    const server = new RabbitmqServer(await freePort(), await freePort(), options)
    try {
      server.#write()
      await server.start()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`
  }

  /** Again, after it was killed or stopped; with the data that it left. Resolves when it takes connections. */
  async start(): Promise<void> {
    // A process group of its own, which ends with its standard input: that is ours, and closes however we end.
    const child = spawn('sh', ['-c', untilInputEnds, join(programs, 'rabbitmq-server')], {
      env: this.#environment,
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#child = child
    const untilMs = Date.now() + startMsMax
    while (!(await this.#takesConnections())) {
      if (child.exitCode !== null || Date.now() > untilMs)
        throw new Error(`rabbitmq-server does not start: ${this.#log()}`)
      await sleep(100)
    }
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    this.#signal(signal)
    await exited
    while (await listens(this.port)) await sleep(50)
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    await this.kill(signal)
    await this.start()
  }

  /** `rabbitmqctl` on this node; answers what it printed. */
  async control(...args: string[]): Promise<string> {
    const { stdout } = await run(join(programs, 'rabbitmqctl'), ['-n', this.#node, '-q', ...args], {
      env: this.#environment,
    })
    return stdout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#abandon)
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid
    if (pid === undefined || this.#child?.exitCode !== null || this.#child.signalCode !== null) return
    try {
      process.kill(-pid, signal)
    } catch {
      // It has ended by itself.
    }
  }

  #write(): void {
    const { config = {}, terms = [] } = this.#options
    const lines = { 'listeners.tcp.1': `127.0.0.1:${this.port}`, ...config }
    writeFileSync(
      join(this.folder, 'rabbitmq.conf'),
      Object.entries(lines)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join(''),
    )
    writeFileSync(join(this.folder, 'advanced.config'), `[{rabbit, [${terms.join(', ')}]}].\n`)
    writeFileSync(join(this.folder, 'enabled_plugins'), '[].\n')
    writeFileSync(join(this.folder, '.erlang.cookie'), randomBytes(16).toString('hex'), { mode: 0o400 })
    mkdirSync(join(this.folder, 'log'))
  }

  get #environment(): NodeJS.ProcessEnv {
    const { folder } = this
    return {
      PATH: process.env['PATH'],
      HOME: folder,
      // One core is enough for it, and it does not keep that busy while it waits.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none',
      RABBITMQ_NODENAME: this.#node,
      RABBITMQ_NODE_PORT: String(this.port),
      RABBITMQ_DIST_PORT: String(this.#distPort),
      RABBITMQ_BASE: folder,
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
    }
  }

  /** It listens before it has read what it had stored: the greeting tells. */
  #takesConnections(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: this.port })
      const answer = (ready: boolean) => (socket.destroy(), resolve(ready))
      socket.setTimeout(1_000, () => answer(false))
      socket.once('connect', () => socket.write('AMQP\0\0\x09\x01'))
      socket
        .once('data', () => answer(true))
        .once('error', () => answer(false))
        .once('close', () => answer(false))
    })
  }

  #log(): string {
    try {
      return readFileSync(join(this.folder, 'log', `${this.#node}.log`), 'utf8').slice(-2_000)
    } catch {
      return 'it has written no log'
    }
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (listening: boolean) => (socket.destroy(), resolve(listening))
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}
