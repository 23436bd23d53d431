/** What one fault, done to worker processes and their store, has shown. */
export interface Fault {
  cell: string
  about: string
  ok: boolean
  executions: number
  lost: number
  unexplained: number
  staleAccepted: number
  /** From the fault to the next execution of the jobs that it hit, and until work went on; milliseconds. */
  againP99Ms?: number
  recoveryP99Ms?: number
}
