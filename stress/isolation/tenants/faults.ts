import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '../../proxy/proxy.ts'

const lastsMs = 150
const restMs = 250

type Fault = (proxy: FaultProxy) => unknown

/** What is done to the connections, in turn. */
const faults: Record<string, Fault> = {
  reset: (proxy) => proxy.cut('reset'),
  end: (proxy) => proxy.cut('end'),
  forgotten: (proxy) => proxy.blackhole('open'),
  slow: (proxy) => proxy.delay(100),
  held: (proxy) => proxy.hold(),
  refused: (proxy) => proxy.refuse(),
}

/** When the next round of faults may begin, and whether it is to. */
export interface Rounds {
  /** Resolves when enough has been done since the last round. */
  next(): Promise<void>
  over: AbortSignal
}

/**
 * Hurts the connections through these proxies in rounds, until it is told that all is over; answers how often each fault was done. Between two
 * rounds all is whole until some work has been done: a machine that is slow gets on with it, too.
 */
export async function hurt(proxies: readonly FaultProxy[], { next, over }: Rounds): Promise<Record<string, number>> {
  const done: Record<string, number> = {}
  while (!over.aborted) {
    for (const [name, fault] of Object.entries(faults)) {
      if (over.aborted) break
      for (const proxy of proxies) await fault(proxy)
      done[name] = (done[name] ?? 0) + 1
      await sleep(lastsMs)
      for (const proxy of proxies) await proxy.heal()
      await sleep(restMs)
    }
    await next()
  }
  // What was swallowed lives on at its server, with the locks that it has, and nobody else ends it.
  for (const proxy of proxies) proxy.cut('reset')
  return done
}
