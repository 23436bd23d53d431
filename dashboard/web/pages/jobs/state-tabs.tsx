import { useEffect, useRef } from 'preact/hooks'
import { Link } from 'wouter-preact'
import type { QueueView } from '../../../../src/client.ts'
import type { JobState } from '../../../../src/contract/job.ts'
import type { ListFilter } from '../../../model/filter-text.ts'
import { Count, type Tone } from '../../parts/numbers.tsx'
import { jobsHref } from './filter-state.ts'

interface Tab {
  title: string
  states: JobState[] | undefined
  tone?: Tone
  countOf?: (queue: QueueView) => number
}

const tabs: readonly Tab[] = [
  { title: 'All', states: undefined },
  { title: 'Running', states: ['running'], tone: 'blue', countOf: ({ running }) => running },
  { title: 'Ready', states: ['ready'], countOf: ({ ready }) => ready },
  { title: 'Delayed', states: ['delayed'], countOf: ({ delayed }) => delayed },
  { title: 'Blocked', states: ['blocked'], countOf: ({ blocked }) => blocked },
  {
    title: 'Dead',
    states: ['dead', 'quarantined'],
    tone: 'red',
    countOf: ({ dead, quarantined }) => dead + quarantined,
  },
  { title: 'Cancelled', states: ['cancelled'], countOf: ({ cancelled }) => cancelled },
  { title: 'Done', states: ['done'], countOf: ({ done }) => done },
]

/** The states of jobs as tabs. Counts are of queues: with any other filter nobody has counted. */
export function StateTabs({ filter, queues }: { filter: ListFilter; queues: readonly QueueView[] | undefined }) {
  const { states, queue, ...others } = filter
  const nav = useRef<HTMLElement>(null)
  useEffect(() => {
    const here = nav.current?.querySelector<HTMLElement>('[aria-current]')
    // On a phone the chosen one may stand outside.
    if (here != null) nav.current?.scrollTo({ left: here.offsetLeft - 40 })
  }, [(states ?? []).join()])
  const counted =
    Object.keys(others).length > 0 ? undefined : queues?.filter((one) => (queue ?? one.queue) === one.queue)
  return (
    <nav ref={nav} class="state-tabs" aria-label="States">
      {tabs.map((tab) => {
        const { states: _states, ...rest } = filter
        const href = jobsHref(tab.states === undefined ? rest : { ...rest, states: tab.states })
        const isHere = (tab.states ?? []).join() === (states ?? []).join()
        return (
          <Link key={tab.title} href={href} class="state-tab" {...(isHere && { 'aria-current': 'true' as const })}>
            {tab.title}
            {tab.countOf !== undefined && counted !== undefined && (
              <Count value={counted.reduce((sum, one) => sum + tab.countOf!(one), 0)} tone={tab.tone} />
            )}
          </Link>
        )
      })}
    </nav>
  )
}
