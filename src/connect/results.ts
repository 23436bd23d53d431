import { type Env, sleep } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Inspector } from '../contract/inspector.ts'
import type { JobRecord } from '../contract/job.ts'
import { readResult } from '../engine/result.ts'
import type { Keyring } from '../job/keyring.ts'
import { openResult } from '../job/sealing.ts'

interface Waiting {
  id: string
  untilMonoMs: number
  timeoutMs: number
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

const pollMsMin = 5
const pollMsMax = 250
const batchMax = 500

/** Waits for the results of any number of jobs with one look at the store for all of them, ever more rarely. */
export class ResultWaiter {
  readonly #env: Env
  readonly #inspector: () => Inspector
  readonly #keys: Keyring | undefined
  readonly #end = new AbortController()
  #waiting: Waiting[] = []
  #polling = false

  constructor(env: Env, inspector: () => Inspector, keys: Keyring | undefined) {
    this.#env = env
    this.#inspector = inspector
    this.#keys = keys
  }

  wait(id: string, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, timeoutMs, untilMonoMs: this.#env.monoMs() + timeoutMs, resolve, reject })
      if (!this.#polling) void this.#poll()
    })
  }

  /** The client is closing: whoever still waits is told. */
  end(): void {
    this.#end.abort()
    const closed = new FiberWorkError('FW_DRIVER_CLOSED', 'The client was closed while a result was awaited.')
    for (const { reject } of this.#waiting.splice(0)) reject(closed)
  }

  async #poll(): Promise<void> {
    this.#polling = true
    for (let pauseMs = pollMsMin; this.#waiting.length > 0; pauseMs = Math.min(pollMsMax, pauseMs * 1.5)) {
      await sleep(this.#env, pauseMs, this.#end.signal)
      const before = this.#waiting.length
      await this.#look()
      if (this.#waiting.length !== before) pauseMs = pollMsMin
    }
    this.#polling = false
  }

  async #look(): Promise<void> {
    const asked = this.#waiting.slice(0, batchMax)
    try {
      const records = await this.#inspector().find(asked.map(({ id }) => id))
      const nowMonoMs = this.#env.monoMs()
      const open = asked.filter((waiting, index) => !settle(waiting, records[index], nowMonoMs, this.#keys))
      this.#waiting = [...this.#waiting.slice(asked.length), ...open]
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    }
  }
}

/** Answers whether the wait is over. */
function settle(
  { id, untilMonoMs, timeoutMs, resolve, reject }: Waiting,
  record: JobRecord | undefined,
  nowMonoMs: number,
  keys: Keyring | undefined,
): boolean {
  if (record === undefined) {
    reject(new FiberWorkError('FW_JOB_UNKNOWN', `There is no record of the job ${id}; is its result kept (\`keep\`)?`))
  } else if (record.state === 'done') {
    answer(record, keys, resolve, reject)
  } else if (record.state === 'dead' || record.state === 'quarantined') {
    reject(
      new FiberWorkError(
        'FW_JOB_DEAD',
        `The job ${id} is ${record.state}: ${firstLine(record.error) ?? 'no reason is kept'}`,
      ),
    )
  } else if (record.state === 'cancelled') {
    reject(new FiberWorkError('FW_JOB_CANCELLED', `The job ${id} was cancelled.`))
  } else if (nowMonoMs >= untilMonoMs) {
    reject(new FiberWorkError('FW_RESULT_TIMEOUT', `The job ${id} is ${record.state} after ${timeoutMs} ms.`))
  } else {
    return false
  }
  return true
}

/** The rest of what is kept is the stack on the worker's side: `status()` has it. */
function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n', 1)[0]
}

function answer(
  record: JobRecord,
  keys: Keyring | undefined,
  resolve: (result: unknown) => void,
  reject: (error: unknown) => void,
): void {
  try {
    resolve(readResult(openResult(record, keys)))
  } catch (error) {
    reject(error)
  }
}
