import type { TenantOptions } from '../../src/sandbox/tenant.ts'
import { type SessionOptions, settingsOf } from './options.ts'
import { Sessions } from './session.ts'

export type { SessionOptions } from './options.ts'
export type { SessionRecord, SessionStore, SessionWrite } from './store.ts'

/**
 * Small state that outlives a job: values under keys. A job sees the session as it was at its first use, with its own changes;
 * they are written when the job is done, and not when it fails. Then `FW_SESSION_CONFLICT` (the job is tried again) tells that
 * others have changed what it had read or written meanwhile. Outside of a job everything happens at once.
 *
 * All of it throws `FW_JOB_SETTLED` after the job's end, why the job was told to stop, `FW_SESSION_FAILED`, `FW_TENANT_FOREIGN`.
 */
export interface SessionClient {
  get<T = unknown>(key: string): Promise<T | undefined>
  /** `undefined` deletes. Throws `FW_VALUE_NOT_JSON`, `FW_SESSION_TOO_LARGE`. */
  set(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<void>
  /**
   * Change a value by what it is now: at once, whatever becomes of the job, and again should somebody be quicker, so that no update is
   * lost. Answers the new value; `undefined` deletes. Throws what `change` throws, `FW_SESSION_CONFLICT` after `updateMsMax`.
   */
  update<T = unknown>(key: string, change: (value: T | undefined) => T | undefined | Promise<T | undefined>): Promise<T>
}

/** The session of the running job's tenant (of no tenant: the one of all jobs without), and others by their names. */
export interface SessionFacade extends SessionClient {
  /** Another session of the same tenant: of a user, a device, one workflow. */
  of(name: string, options?: TenantOptions): SessionClient
  /** The session of a tenant, for code of no tenant: a web server, a maintenance job. */
  ofTenant(tenant: string): SessionClient
  /** Closes its connection, and forgets what was in memory. */
  close(): Promise<void>
}

/** The sessions of the process. */
export interface ProcessSessions extends SessionFacade {
  /** Once, before they are used; what is not said is as by default. Throws `FW_CONFIG_INVALID`. */
  configure(options: Omit<SessionOptions, 'env'>): void
}

/** Sessions of one's own, which know nothing of the process's. Throws `FW_CONFIG_INVALID`. */
export function createSessions(options: SessionOptions = {}): SessionFacade {
  settingsOf('createSessions', options)
  return new Sessions(options)
}

/**
 * The sessions of the process, in the Redis of FIBER_WORK_SESSION_URL or where `Session.configure` says; by default in its memory.
 * Nothing is loaded before their first use.
 */
export const Session: ProcessSessions = new Sessions({}, () => {
  const redis = process.env['FIBER_WORK_SESSION_URL']
  return redis === undefined || redis === '' ? {} : { redis }
})
