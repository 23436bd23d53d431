import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** No input may keep the event loop for longer. */
export const blockMsMax = 50
const resolutionMs = 5
const triesMax = 15
const together = 25
const atOnceMost = 6

/** One thing to be done with one input. */
export interface Ask<Answer> {
  what: string
  run: () => Promise<Answer>
  /** Looks at the answer; throws where a law is broken. */
  check?: (answer: Answer) => void
}

export interface Ran {
  runs: number
  /** Whose laws were broken, and how. */
  broken: string[]
}

/**
 * Does one after the other, and finds those that keep the event loop for too long, at work all the while. A machine with other work stands still
 * by itself now and then; what an input causes it causes again: the least of fifteen counts. `atOnce`: some together, where they wait more than they work.
 */
export async function runAll<Answer>(asks: readonly Ask<Answer>[], { atOnce = false } = {}): Promise<Ran> {
  const loop = monitorEventLoopDelay({ resolution: resolutionMs })
  loop.enable()
  const broken: string[] = []
  const blockedMs = async (some: readonly Ask<Answer>[], told: boolean): Promise<number> => {
    await sleep(2 * resolutionMs)
    loop.reset()
    const before = process.threadCpuUsage()
    const doOne = async (ask: Ask<Answer>) => {
      const why = await brokenBy(ask)
      if (told && why !== undefined) broken.push(`${ask.what}: ${why}`)
    }
    if (atOnce) await Promise.all(some.map(doOne))
    else for (const ask of some) await doOne(ask)
    await sleep(2 * resolutionMs)
    // What stood still for longer than it worked waited for the machine, which has others to serve.
    const { user, system } = process.threadCpuUsage(before)
    return Math.min(loop.max / 1e6, (user + system) / 1e3)
  }
  try {
    // Several at once may come to more than the law allows to one.
    const size = atOnce ? atOnceMost : together
    for (let at = 0; at < asks.length; at += size) {
      const some = asks.slice(at, at + size)
      if ((await blockedMs(some, true)) <= blockMsMax) continue
      if (!atOnce && (await againMs(() => blockedMs(some, false))) <= blockMsMax) continue
      for (const ask of some) {
        const least = await againMs(() => blockedMs([ask], false))
        if (least > blockMsMax) broken.push(`${ask.what}: the loop stood still for ${least.toFixed(0)} ms`)
      }
    }
  } finally {
    loop.disable()
  }
  return { runs: asks.length, broken }
}

/** The least of several tries, which end when one is fine. */
async function againMs(blockedMs: () => Promise<number>): Promise<number> {
  let least = Infinity
  for (let tries = 0; tries < triesMax && least > blockMsMax; tries++) least = Math.min(least, await blockedMs())
  return least
}

async function brokenBy<Answer>({ run, check }: Ask<Answer>): Promise<string | undefined> {
  try {
    check?.(await run())
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
