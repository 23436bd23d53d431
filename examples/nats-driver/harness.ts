import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Harness } from 'fiber-work/conformance'
import { systemEnv } from 'fiber-work/driver'
import { NatsDriver } from './driver.ts'
import { Link } from './link.ts'
import { placeOf } from './url.ts'

/** The conformance suite's harness: each store is a prefix of its own on one server. */
export function natsHarness(url: string, skip: Harness['skip'] = []): Harness {
  return {
    name: 'nats',
    skip,
    async store() {
      const place = placeOf(`${url}?prefix=test-${randomBytes(6).toString('hex')}`)
      return {
        driver: ({ leaseMs }) => new NatsDriver(place, { env: systemEnv, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: () => removeStreams(place),
      }
    },
  }
}

export async function removeStreams(place: ReturnType<typeof placeOf>): Promise<void> {
  const link = await Link.open(place, 1_000)
  for (const stream of [link.jobs, link.inbox, link.dead]) await link.jsm.streams.delete(stream).catch(() => {})
  await link.close()
}
