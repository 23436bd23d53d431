/** One thing that a driver found out about its store, for `fiber-work doctor`. */
export interface Finding {
  /** One short word or a few: `flows`, `queue emails`. */
  name: string
  /** `fail`: relying on it will go wrong; `warn`: it may. */
  state: 'ok' | 'warn' | 'fail'
  /** What was found; and what to do, where something is to be done. */
  text: string
  data?: unknown
}
