import type { Block } from '../../contract/events.ts'
import type { Instruments } from './instruments.ts'
import type { Ears } from './listen.ts'

type LabelsOf = (job: { queue: string; name: string }) => [queue: string, name: string]

/** What happens to the worker and its store, now and then. */
export function countWorker(instruments: Instruments, ears: Ears, labelsOf: LabelsOf): void {
  const count = instruments.count.bind(instruments)
  for (const by of ['loop', 'memory']) count('fiber_work_cuts_total', [by], 0)
  for (const what of ['released', 'revoked']) count('fiber_work_jobs_reconciled_total', [what], 0)
  ears.mine('worker.cut', ({ by }) => by !== undefined && count('fiber_work_cuts_total', [by]))
  ears.mine('worker.revoked', () => count('fiber_work_sessions_revoked_total'))
  ears.mine('worker.swept', ({ taken }) => count('fiber_work_jobs_swept_total', [], taken))
  ears.mine('worker.reconciled', ({ released, revoked }) => {
    count('fiber_work_jobs_reconciled_total', ['released'], released)
    count('fiber_work_jobs_reconciled_total', ['revoked'], revoked)
  })
  ears.any('worker.stray', () => count('fiber_work_stray_errors_total'))
  ears.mine('guardian.failed', () => count('fiber_work_guardian_failures_total'))
  const blocked = ({ job, sure }: Block) => [...(job === undefined ? ['', ''] : labelsOf(job)), sure]
  ears.mine('loop.recovered', (event) => {
    count('fiber_work_loop_blocked_total', blocked(event))
    count('fiber_work_loop_blocked_seconds_total', blocked(event), event.blockedMs / 1_000)
  })
  ears.mine('leak.suspected', ({ kind, definition, slope }) => {
    count('fiber_work_leaks_suspected_total', [kind, definition ?? ''])
    if (kind === 'heap') instruments.set('fiber_work_heap_growth_bytes', Math.round(slope), definition ?? '')
  })
}

export function countStore(instruments: Instruments, ears: Ears): void {
  const count = instruments.count.bind(instruments)
  ears.any('store.failed', ({ verb, givenUp }) => count('fiber_work_store_failures_total', [verb, String(givenUp)]))
  ears.any('store.recovered', ({ verb }) => count('fiber_work_store_recoveries_total', [verb]))
  ears.any('schedule.fired', ({ schedule, lateMs, outcome }) => {
    count('fiber_work_schedules_fired_total', [schedule, outcome])
    instruments.buckets('fiber_work_schedule_late_seconds').record(lateMs)
  })
  ears.any('schedule.missed', ({ schedule }) => count('fiber_work_schedules_missed_total', [schedule]))
  ears.any('schedule.failed', ({ schedule }) => count('fiber_work_schedule_failures_total', [schedule ?? '']))
  ears.any('outbox.state', ({ target, waiting, aside, oldestMs = 0 }) => {
    instruments.set('fiber_work_outbox_jobs', waiting, target, 'waiting')
    instruments.set('fiber_work_outbox_jobs', aside, target, 'aside')
    instruments.set('fiber_work_outbox_oldest_seconds', oldestMs / 1_000, target)
  })
  ears.any('outbox.failed', ({ target }) => count('fiber_work_outbox_failures_total', [target]))
  // Failures of the store are counted from 0: the first one is a rise, too.
  for (const verb of ['enqueue', 'reserve', 'settle', 'beat', 'sweep']) {
    for (const givenUp of ['false', 'true']) count('fiber_work_store_failures_total', [verb, givenUp], 0)
  }
}
