import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { bind } from '../../src/sandbox/bind.ts'
import { defineService } from '../../src/engine/service.ts'
import { type AnyHandler, defineJob } from '../../src/job/definition.ts'

const emitter = new EventEmitter().setMaxListeners(0)
const service = defineService(
  'soak',
  () => ({ list: [1, 2, 3] }),
  (made) => void (made.list.length = 0),
)

/** What handlers commonly do, a sort each: they wait, fail, listen, keep things for the length of the job. */
export const soakJobs: AnyHandler[] = [
  defineJob('waits', { keep: false }, () => sleep(1)),
  defineJob('sleeps', { keep: false }, (_, job) => job.sleep(1)),
  defineJob('fails', { keep: false, attempts: 2, backoff: { kind: 'fixed', baseMs: 1 } }, async (_, job) => {
    await Promise.resolve()
    if (job.attempt === 1) throw new Error('the first time')
  }),
  defineJob('keeps', { keep: false }, async (_, job) => {
    job.scope.set('key', job)
    service.get()
    job.defer(() => {})
    await Promise.resolve()
  }),
  defineJob('listens', { keep: false }, async (_, job) => {
    job.on(emitter, 'tick', () => {})
    job.setInterval(() => {}, 1_000)
    job.setTimeout(
      bind(() => {}),
      1_000,
    )
    void job.signal.aborted
    await job.sleep(1)
  }),
]
