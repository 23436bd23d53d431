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

/** Hurts the connections through these proxies until it is told to stop; answers how often each fault was done. */
export async function hurt(proxies: readonly FaultProxy[], stop: AbortSignal): Promise<Record<string, number>> {
  const done: Record<string, number> = {}
  while (!stop.aborted) {
    for (const [name, fault] of Object.entries(faults)) {
      if (stop.aborted) break
      for (const proxy of proxies) await fault(proxy)
      done[name] = (done[name] ?? 0) + 1
      await sleep(lastsMs)
      for (const proxy of proxies) await proxy.heal()
      await sleep(restMs)
    }
  }
  return done
}
