import { defaults } from '../base/defaults.ts'
import { type Env, systemEnv } from '../base/env.ts'
import { refuseInThread } from '../base/lane-thread.ts'
import { redactUrl } from '../base/text.ts'
import { checkSettings } from '../config/settings.ts'
import type { Driver } from '../contract/driver.ts'
import type { HttpClient } from '../contract/http.ts'
import type { Keep } from '../contract/verdict.ts'
import type { EngineOptions, QueueShare } from '../engine/options.ts'
import type { AnyHandler } from '../job/definition.ts'
import { type Encryption, Keyring } from '../job/keyring.ts'
import { Registry } from '../job/registry.ts'
import { traceIfRegistered } from '../observe/traces/start.ts'
import type { Producer } from '../producer/producer.ts'
import { ProcessProbe } from '../worker/probe.ts'
import { upkeepOf, type UpkeepOptions } from '../worker/upkeep.ts'
import { Worker } from '../worker/worker.ts'
import type { SqliteDriver } from '../../drivers/sqlite/index.ts'
import { Db } from '../../facades/db/index.ts'
import { bindFetch, Http } from '../../facades/http/index.ts'
import { Client } from './client.ts'
import { openLane, sharesOfThreads, threadsByDefault } from './lane.ts'
import { openStores } from './ledger.ts'
import { openOutbox } from './outbox.ts'
import type { Store } from './schemes.ts'
import { version } from './version.ts'
import type { WorkOptions } from './work.ts'

export interface ConnectOptions {
  /** How long a worker's loans live without renewal; 30 s by default. */
  leaseMs?: number
  /** Largest sealed input; 256 KiB by default, and never more than the store takes. */
  bodyBytesMax?: number
  /**
   * The URL of a store that keeps records for a broker that has none: unique keys, status, results, cancel, pause, schedules and shared limits
   * then work there too. See docs/ledger.md.
   */
  ledger?: string
  /**
   * A database in which jobs wait that are enqueued in a transaction there (`Db.transaction`), where this store cannot join it: they are
   * written with the transaction, and handed on from a table of it. Its URL, as for `Db`; `true`: the process's `Db`. Without it they
   * are written right after the commit, and lost if the process dies in between.
   */
  outbox?: string | boolean
  /**
   * Encrypts inputs and results in the store (AES-256-GCM): `{ keys: { id: base64 of 32 bytes }, current: id }`, or `id:base64,id2:base64`, the
   * current one first. See docs/security.md.
   */
  encryption?: Encryption | string
  /** Clock, timers, randomness and ids; for tests. */
  env?: Env
}

/** A client on SQLite: its driver has `within(tx)`. */
export type SqliteClient = Client & { readonly driver: SqliteDriver }

/**
 * Connect to a store: `memory:`, or `sqlite:./jobs.db`, with `?durability=full` to survive a power cut, and with `?share=true`
 * to live in the file of your application. Creates what it needs there.
 * Throws `FW_DRIVER_MISSING`, `FW_CONFIG_INVALID`, `FW_CONNECT_FAILED`, and what the driver says of the store.
 */
export async function connect(url: `sqlite:${string}`, options?: ConnectOptions): Promise<SqliteClient>
export async function connect(url: string, options?: ConnectOptions): Promise<Client>
export async function connect(url: string, options: ConnectOptions = {}): Promise<Client> {
  await checkSettings('connect', options)
  const env = options.env ?? systemEnv
  const leaseMs = options.leaseMs ?? defaults.leaseMs
  const store = await openStores(url, options.ledger, { env, leaseMs })
  return clientOn(store, redactUrl(url), { ...options, env, leaseMs })
}

/** A client on a store that is made already. `url` is what is shown of it. */
export async function clientOn(
  store: Store,
  url: string,
  { env = systemEnv, leaseMs = defaults.leaseMs, ...options }: ConnectOptions = {},
): Promise<Client> {
  const keys = options.encryption === undefined ? undefined : new Keyring(options.encryption)
  await traceIfRegistered(env, version)
  const driver = await opened(store())
  const bodyBytesMax = Math.min(options.bodyBytesMax ?? defaults.bodyBytesMax, driver.traits.bodyBytesMax)
  const place: Place = { store, driver, url, env, leaseMs, bodyBytesMax, ...(keys && { keys }) }
  const outbox = await openOutbox(options.outbox ?? false, url, env).catch(async (error: unknown) => {
    await driver.close()
    throw error
  })
  return new Client({
    env,
    driver,
    url,
    ...(outbox && { outbox }),
    ...(keys && { keys }),
    bodyBytesMax,
    work: (handlers, workOptions, producer) => startWorker({ ...place, producer }, handlers, workOptions),
  })
}

/** What does not open leaves nothing behind: somebody may try again. */
async function opened(driver: Driver): Promise<Driver> {
  try {
    await driver.prepare()
    await driver.open()
    return driver
  } catch (error) {
    await driver.close().catch(() => {})
    throw error
  }
}

/** Where the workers of a client work. */
interface Place {
  store: Store
  /** The client's own. */
  driver: Driver
  url: string
  env: Env
  leaseMs: number
  bodyBytesMax: number
  keys?: Keyring
}

async function startWorker(
  place: Place & { producer: Producer },
  handlers: readonly AnyHandler[],
  options: WorkOptions,
): Promise<Worker> {
  const { store, url, env, leaseMs, bodyBytesMax, keys, producer } = place
  refuseInThread('client.work()')
  await checkSettings('work', options)
  await traceIfRegistered(env, version)
  const threads = options.threads ?? threadsByDefault()
  const registry = new Registry(handlers)
  const driver = store()
  const probe = new ProcessProbe(env)
  const queues = sharesOfThreads(sharesOf(registry, options.queues), registry, threads)
  const upkeep = upkeepFor(registry, queues, options)
  const isolation = options.isolation ?? defaults.isolation
  const ownProcess = options.ownProcess ?? false
  const engine: EngineOptions = {
    env,
    driver,
    registry,
    load: probe,
    leaseMs,
    queues,
    doneKeep: doneKeepOf(upkeep),
    middleware: options.use ?? [],
    http: options.http ?? (Http as HttpClient),
    db: Db,
    sentries: [],
    concurrency: isolation === 'strict' ? 1 : (options.concurrency ?? defaults.concurrency),
    beatMs: Math.min(options.beatMs ?? defaults.beatMs, leaseMs / 3),
    graceMs: options.graceMs ?? defaults.graceMs,
    stuckMs: options.stuckMs ?? defaults.stuckMs,
    startSliceMs: options.startSliceMs ?? defaults.startSliceMs,
    bodyBytesMax,
    ...(keys && { keys }),
    resultBytesMax: options.resultBytesMax ?? defaults.resultBytesMax,
    traceMode: options.traceMode ?? defaults.traceMode,
    about: () => JSON.stringify({ version, pid: process.pid }),
  }
  const guardian = (options.guardian ?? true) && {
    blockMsMax: options.blockMsMax ?? defaults.blockMsMax,
    stallMsMax: options.stallMsMax ?? defaults.stallMsMax,
  }
  const lane = await openLane(engine, threads)
  const bootCanary = options.bootCanary ?? ownProcess
  const about = { url, version, ownProcess, isolation, bootCanary, metrics: options.metrics ?? false }
  const schedules = { declared: options.schedules ?? [], producer }
  const parts = {
    ...about,
    env,
    driver,
    guardian,
    probe,
    schedules,
    upkeep: { ...upkeep, driver: place.driver },
    bindFetch: () => bindFetch({ env }),
  }
  const laned = lane && { engine: { ...engine, lane }, endLane: () => lane.end() }
  try {
    return await new Worker({ ...parts, engine, ...laned }).start()
  } catch (error) {
    await lane?.end()
    await driver.close().catch(() => {})
    throw error
  }
}

function upkeepFor(
  registry: Registry,
  shares: Record<string, QueueShare>,
  options: Pick<
    WorkOptions,
    'keep' | 'history' | 'alertWaitMs' | 'alertWebhook' | 'alertWebhookSecret' | 'alertWebhookPrivate'
  >,
): UpkeepOptions {
  const { keep, history, alertWaitMs, alertWebhook: url, alertWebhookSecret, alertWebhookPrivate } = options
  const queues = registry.queues.filter(({ name }) => name in shares)
  return upkeepOf(queues, {
    ...(keep && { keep }),
    ...(history !== undefined && { history }),
    ...(alertWaitMs !== undefined && { alertWaitMs }),
    ...(url !== undefined && {
      webhook: {
        url,
        ...(alertWebhookSecret !== undefined && { secret: alertWebhookSecret }),
        ...(alertWebhookPrivate !== undefined && { allowPrivate: alertWebhookPrivate }),
      },
    }),
  })
}

function doneKeepOf({ keeps }: UpkeepOptions): Record<string, Keep> {
  return Object.fromEntries(Object.entries(keeps).flatMap(([queue, { done }]) => (done ? [[queue, done]] : [])))
}

function sharesOf(registry: Registry, asked: WorkOptions['queues']): Record<string, QueueShare> {
  const wanted = Array.isArray(asked) ? Object.fromEntries(asked.map((name) => [name, {}])) : asked
  const all = registry.queues.map(({ name, options }): [string, QueueShare] => [
    name,
    { ...(options.weight !== undefined && { weight: options.weight }), ...wanted?.[name] },
  ])
  return Object.fromEntries(wanted === undefined ? all : all.filter(([name]) => name in wanted))
}
