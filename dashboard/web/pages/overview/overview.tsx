import { failureGroups } from '../../../model/failure-groups.ts'
import { nobody } from '../../../model/fleet.ts'
import { needs } from '../../../model/needs.ts'
import { nowMs } from '../../data/clock.ts'
import { useDead } from '../../data/dead.ts'
import { useFleet } from '../../data/fleet.ts'
import { useHeld } from '../../data/held.ts'
import { useQueues } from '../../data/queues.ts'
import { Answer } from '../../parts/answer.tsx'
import { Charts } from './charts.tsx'
import { Failures } from './failures.tsx'
import { NeedsStrip } from './needs-strip.tsx'
import { QueuesShort } from './queues-short.tsx'
import { Tiles } from './tiles.tsx'

const deadLooked = 300

/** In five seconds: what runs, what waits, what fails and why. */
export function Overview() {
  const fleet = useFleet()
  const queues = useQueues()
  const held = useHeld()
  const dead = useDead(queues, {}, { jobsMax: deadLooked, everyMs: 5_000 })
  const { jobs = [], cut = [] } = dead.state.value.value ?? {}
  const failures = failureGroups(jobs)
  const list = queues.state.value.value ?? []
  const world = {
    fleet: fleet.value.isAsked ? fleet.value : nobody,
    queues: list,
    failures,
    cut,
    held: held.state.value.value?.queues ?? [],
    nowMs: nowMs.value,
  }
  return (
    <>
      <h1 class="hidden">Overview</h1>
      <NeedsStrip needs={needs(world)} isKnown={queues.state.value.value !== undefined} />
      <Tiles fleet={fleet.value} queues={list} />
      <Charts />
      <div class="columns">
        <Answer of={queues} what="queues">
          {(rows) => <QueuesShort rows={rows} />}
        </Answer>
        <Failures failures={failures} dead={dead} />
      </div>
    </>
  )
}
