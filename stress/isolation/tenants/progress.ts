import { setTimeout as sleep } from 'node:timers/promises'

/** Jobs that are told when nothing goes on any more. */
const toldMax = 20
const pollMs = 100

/** Which jobs of a run are done, and where the others are: so that a run that stands still ends, and says where. */
export class Progress {
  done = 0
  readonly #now: () => number
  readonly #running = new Map<string, { place: string; sinceMs: number }>()
  #lastMs: number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#lastMs = now()
  }

  /** A running job has come to a door. */
  at(job: string, place: string): void {
    this.#running.set(job, { place, sinceMs: this.#now() })
  }

  left(job: string): void {
    this.#running.delete(job)
  }

  ended(): void {
    this.done++
    this.#lastMs = this.#now()
  }

  /** Resolves when so many more are done, or when it is over. */
  async more(count: number, over: AbortSignal): Promise<void> {
    for (const enough = this.done + count; this.done < enough && !over.aborted;) await sleep(pollMs)
  }

  /** Nothing for so long: a line that says so, and one for each job that runs, those that have stood longest first. None where work goes on. */
  standing(stillMs: number): string[] {
    const nowMs = this.#now()
    if (nowMs - this.#lastMs < stillMs) return []
    const seconds = (fromMs: number) => `${Math.round((nowMs - fromMs) / 1_000)} s`
    const stood = [...this.#running].sort(([, a], [, b]) => a.sinceMs - b.sinceMs)
    return [
      `no job was done for ${seconds(this.#lastMs)}: ${this.done} are, ${stood.length} run`,
      ...stood
        .slice(0, toldMax)
        .map(([job, { place, sinceMs }]) => `${job} has been at ${place} for ${seconds(sinceMs)}`),
    ]
  }

  /** Waits for as long as something goes on; answers what stands still. */
  async untilStanding(stillMs: number, over: AbortSignal): Promise<string[]> {
    while (!over.aborted) {
      const standing = this.standing(stillMs)
      if (standing.length > 0) return standing
      await sleep(pollMs)
    }
    return []
  }
}
