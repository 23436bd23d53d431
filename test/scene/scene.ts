// A busy worker to look at: ten thousand webhooks in flight, a tenant whose receiver is down, mails that wait for their rate, cards that are
// declined, and a report that blocks the event loop. The dashboards are photographed and tried on it.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from 'fiber-work'
import { startService } from '../../stress/service/service.ts'
import chargeCard from './jobs/payments.ts'
import deliverWebhook from './jobs/webhooks.ts'
import sendMail from './jobs/mail.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tenants = ['acme', 'globex', 'initech', 'hooli', 'tyrell', 'umbrella'] as const
const events = ['order.created', 'order.paid', 'order.shipped', 'invoice.sent'] as const
const templates = ['welcome', 'receipt', 'reminder'] as const

export interface SceneOptions {
  /** How many webhooks there are; 60,000 by default. */
  webhooks?: number
  /** How long their receivers take, in milliseconds; 8,000 by default. */
  latencyMs?: number
  /** Jobs at once in each of the two processes; 5,500 by default. */
  concurrency?: number
}

export interface Scene extends AsyncDisposable {
  /** Of the API, and of the page. */
  url: string
  store: string
}

/** Starts it, and answers when its jobs are enqueued. The command line is run from dist/: build it first. */
export async function startScene(options: SceneOptions = {}): Promise<Scene> {
  const { webhooks = 60_000, latencyMs = 8_000, concurrency = 5_500 } = options
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-scene-'))
  const store = `sqlite:${join(folder, 'scene.db')}`
  const service = await startService({ latencyMs })
  const worker = startWorker(store, concurrency)
  const url = await urlOf(worker)
  await enqueue(store, webhooks, service.origins)
  return {
    url,
    store,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => worker.once('exit', resolve))
      worker.kill('SIGKILL')
      await ended
      await service.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function startWorker(store: string, concurrency: number): ChildProcess {
  const flags = ['--url', store, '--jobs', 'jobs', '--http', '127.0.0.1:0', '--processes', '2', '--log-format', 'text']
  return spawn(
    process.execPath,
    [join(root, 'src/cli/bin.js'), 'work', ...flags, '--concurrency', String(concurrency)],
    {
      cwd: join(root, 'test/scene'),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
}

/** What it says when it listens. */
function urlOf(worker: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-8_192)
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (url !== undefined) resolve(url)
    }
    worker.stdout?.on('data', hear)
    worker.stderr?.on('data', hear)
    worker.once('exit', () => reject(new Error(`the worker of the scene ended:\n${said}`)))
  })
}

async function enqueue(store: string, webhooks: number, origins: readonly string[]): Promise<void> {
  await using client = await connect(store)
  const cards = Array.from({ length: 600 }, (_, order) => ({ order, cents: 900 + order * 7, currency: 'EUR' }))
  await client.enqueueMany(chargeCard, cards)
  const mails = Array.from({ length: 3_000 }, (_, n) => {
    const customer = tenants[n % 3 === 0 ? n % tenants.length : 0]!
    return { to: `user${n}@${customer}.example`, template: templates[n % templates.length]!, customer }
  })
  await client.enqueueMany(sendMail, mails)
  for (let first = 0; first < webhooks; first += 5_000) {
    const batch = Array.from({ length: Math.min(5_000, webhooks - first) }, (_, at) => {
      const order = first + at + 1
      const tenant = order % 40 === 0 ? 'umbrella' : tenants[order % 5]!
      return {
        tenant,
        url: `${origins[order % origins.length]}/${tenant}/hooks`,
        event: events[order % events.length]!,
        order,
      }
    })
    await client.enqueueMany(deliverWebhook, batch)
  }
}
