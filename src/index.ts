export {
  type AnySchema,
  createDb,
  Db,
  type DbConnectionOptions,
  DbError,
  type DbOptions,
  type DbReader,
  type OwnDb,
  type StatementOptions,
  type StreamOptions,
  type TransactionOptions,
} from '../facades/db/index.ts'
export { Auth, type AuthFacade, type AuthOptions, type AuthSecret } from '../facades/auth/index.ts'
export {
  Cache,
  type CacheClient,
  type CacheKeep,
  type CacheOptions,
  type CacheRemember,
  type CacheScope,
  createCache,
} from '../facades/cache/index.ts'
export { Http } from '../facades/http/index.ts'
export { type CallLimit, type CallRate, RateLimit, type RateLimitOptions } from '../facades/rate-limit/index.ts'
export {
  createSessions,
  type ProcessSessions,
  Session,
  type SessionClient,
  type SessionFacade,
  type SessionOptions,
  type SessionRecord,
  type SessionStore,
  type SessionWrite,
} from '../facades/session/index.ts'
export type { Backoff, Jitter } from './base/backoff.ts'
export { redact, type Redaction, redactText, setRedaction } from './base/redact.ts'
export { Client } from './connect/client.ts'
export { connect, type ConnectOptions, type SqliteClient } from './connect/connect.ts'
export type { Config } from './config/options.ts'
export { current, maybeCurrent } from './engine/current.ts'
export { defineService, defineSingleton, disposeSingletons, type ServiceOptions } from './engine/service.ts'
export { defineSchedule, type Schedule, type ScheduleOptions } from './cron/schedule.ts'
export { nextRuns } from './cron/times.ts'
export { watch } from './isolation/pollution/watch.ts'
export { defineContextProbe } from './isolation/context/define.ts'
export { bind } from './sandbox/bind.ts'
export {
  defineFacade,
  type FacadeDoor,
  type FacadeJob,
  type FacadeOptions,
  type FacadeScene,
} from './sandbox/facade.ts'
export type { Schedules } from './connect/schedules.ts'
export { JobHandle, SentJob } from './connect/handle.ts'
export { registerDriver } from './connect/register.ts'
export type { DriverRegistration, Store, StoreOptions } from './connect/registered.ts'
export type { WorkOptions } from './connect/work.ts'
export * from './contract/index.ts'
export type { JobContent } from './job/content.ts'
export type { JobContext, JobLog } from './job/context.ts'
export { GiveUp, RetryIn, Snooze } from './job/control.ts'
export { type Definition, defineJob, type Handler } from './job/definition.ts'
export type { QueueKeepOption } from './job/keep.ts'
export type { Classified, EnqueueOptions, JobOptions, Middleware, UniqueOption } from './job/options.ts'
export {
  defineQueue,
  type GroupOptions,
  type Queue,
  type QueueOptions,
  type QuotaOption,
  type RateOption,
} from './job/queue.ts'
export type { Encryption } from './job/keyring.ts'
export { type Schema, unchecked } from './job/schema.ts'
export { redactInput } from './job/sensitive.ts'
export { wasm, type WasmOptions } from './lane/wasm/handler.ts'
export type { Health } from './contract/health.ts'
export { Worker } from './worker/worker.ts'
