import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { siblingScript } from '../service/sibling.ts'
import { freePort } from './redis.ts'

export interface SqsServerOptions {
  /** Messages are written to its disk, and are there after a restart. */
  keeps?: boolean
}

/** An SQS server of our own, of the package fauxqs, on a free port; it does not outlive this process. */
export class SqsServer implements AsyncDisposable {
  readonly port: number
  readonly folder: string
  readonly #keeps: boolean
  #child: ChildProcess | undefined
  readonly #abandon = () => {
    this.#child?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private constructor(port: number, { keeps = false }: SqsServerOptions) {
    this.port = port
    this.folder = mkdtempSync(join(tmpdir(), 'fiber-work-sqs-'))
    this.#keeps = keeps
    process.once('exit', this.#abandon)
  }

  static async start(options: SqsServerOptions = {}): Promise<SqsServer> {
    const server = new SqsServer(await freePort(), options)
    await server.start()
    return server
  }

  /** For `connect`. */
  get url(): string {
    return `sqs+http://127.0.0.1:${this.port}`
  }

  /** Again, after it was killed; with the messages that it has kept. */
  async start(): Promise<void> {
    const script = siblingScript(import.meta.url, 'sqs.child')
    const settings = { port: this.port, ...(this.#keeps && { dataDir: join(this.folder, 'data') }) }
    const child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await new Promise<void>((ready, failed) => {
      child.stdout.once('data', () => ready())
      child.once('error', failed)
      child.once('exit', (code) => failed(new Error(`The SQS server ended with ${code}: ${said}`)))
    })
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#abandon)
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
