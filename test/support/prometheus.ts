import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'vitest'

const needs = 'needs Prometheus: prometheus and promtool on the PATH (apt-get install prometheus)'

let missing: boolean | undefined

function isMissing(): boolean {
  missing ??= ['promtool', 'prometheus'].some((name) => spawnSync(name, ['--version']).status !== 0)
  if (missing && process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
  return missing
}

/** Skips where Prometheus is not installed. */
export function needPromtool(context: TestContext): void {
  context.skip(isMissing(), needs)
}

/** A server of this test alone; undefined where Prometheus is not installed. */
export async function ownPrometheus(files: Record<string, string>): Promise<Prometheus | undefined> {
  return isMissing() ? undefined : Prometheus.start(files)
}

export interface Sample {
  metric: Record<string, string>
  value: number
}

export interface Rule {
  type: 'recording' | 'alerting'
  name: string
  query: string
  health: string
  lastError?: string
}

/** A Prometheus of this test alone, in a folder that goes with it. */
export class Prometheus {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #url: string

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child
    this.#folder = folder
    this.#url = url
  }

  /** `files`: by name, `prometheus.yml` among them. Resolves when it is ready. */
  static async start(files: Record<string, string>): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'fiber-work-prometheus-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const address = `127.0.0.1:${await freePort()}`
    const flags = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${address}`]
    const child = spawn('prometheus', [...flags, '--log.level=warn', '--enable-feature=exemplar-storage'], {
      ...{ cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    })
    let said = ''
    child.stderr?.on('data', (chunk) => (said += String(chunk)))
    const started = new Prometheus(child, folder, `http://${address}`)
    for (let tries = 0; tries < 200; tries++) {
      if (child.exitCode !== null) break
      const ready = await fetch(`http://${address}/-/ready`).catch(() => undefined)
      if (ready?.status === 200) return started
      await sleep(50)
    }
    await started.end()
    throw new Error(`prometheus did not start: ${said}`)
  }

  /** What a query comes to now. Throws when Prometheus finds fault with it. */
  async query(query: string): Promise<Sample[]> {
    const { result, resultType } = await this.#ask<{ resultType: string; result: unknown }>('query', { query })
    if (resultType === 'scalar') return [{ metric: {}, value: Number((result as [number, string])[1]) }]
    const series = result as { metric: Record<string, string>; value: [number, string] }[]
    return series.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
  }

  /** The traces that the samples of a query are examples of. */
  async exemplars(query: string): Promise<Record<string, string>[]> {
    const now = Date.now() / 1_000
    const range = { start: String(now - 600), end: String(now + 60) }
    const series = await this.#ask<{ exemplars: { labels: Record<string, string> }[] }[]>('query_exemplars', {
      ...{ query, ...range },
    })
    return series.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels))
  }

  /** Every rule that it evaluates, with what went wrong the last time. */
  async rules(): Promise<Rule[]> {
    const { groups } = await this.#ask<{ groups: { rules: Rule[] }[] }>('rules')
    return groups.flatMap(({ rules }) => rules)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = new Promise((resolve) => this.#child.once('exit', resolve))
      this.#child.kill('SIGKILL')
      await exited
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #ask<Answer>(path: string, parameters: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`)
    const answer = (await response.json()) as { status: string; error?: string; data: Answer }
    if (answer.status !== 'success') throw new Error(`${parameters['query'] ?? path}: ${answer.error}`)
    return answer.data
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
