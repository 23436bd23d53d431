import type { Env } from '../../src/base/env.ts'
import type { Link } from './link.ts'
import type { Places } from './lookout.ts'

/** Resolves when something may have come to one of the places, after `ms`, or when one of the signals aborts. */
export function news(env: Env, link: Link, places: Places, ms: number, signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      ignore()
      env.clearTimer(timer)
      for (const signal of signals) signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = env.setTimer(end, Math.ceil(ms))
    for (const signal of signals) signal.addEventListener('abort', end, { once: true })
    const ignore = link.watch(places, end)
  })
}
