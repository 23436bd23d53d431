/** Something that is made at its first use: for each job anew, or once for the process. Made by `defineService`, `defineSingleton`. */
export interface Service<T> {
  readonly name: string
  readonly per: 'job' | 'process'
  /**
   * The running job's, or the process's. What a `make` that answers a promise makes is that promise.
   * Throws what `make` throws, `FW_OUTSIDE_JOB` for a job's service outside of one, `FW_JOB_SETTLED` after the job's end.
   */
  get(): T
}

/** What one running job has to itself. It ends with the job. */
export interface JobScope {
  /** A service, made at its first use. */
  get<T>(service: Service<T>): T
  /** A value that was set before, `undefined` when there is none. */
  get(key: string | symbol): unknown
  /** Keep a value for whatever runs below the handler; nobody else sees it. Throws `FW_JOB_SETTLED` after the job's end. */
  set(key: string | symbol, value: unknown): void
  has(key: string | symbol): boolean
}

/** What `job.on` listens to: an EventEmitter, or an EventTarget. */
export type Emitter =
  | EventTarget
  | {
      on(event: string | symbol, listener: (...args: unknown[]) => void): unknown
      off(event: string | symbol, listener: (...args: unknown[]) => void): unknown
    }
