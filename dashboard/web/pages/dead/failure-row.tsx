import { Link } from 'wouter-preact'
import type { FailureGroup, Share } from '../../../model/failure-groups.ts'
import type { ListFilter } from '../../../model/filter-text.ts'
import { count, percent } from '../../../model/format.ts'
import type { JobAction } from '../../../model/outcome-words.ts'
import { api } from '../../data/api.ts'
import { may } from '../../data/session.ts'
import { Count } from '../../parts/numbers.tsx'
import { Time } from '../../parts/time.tsx'
import { act } from '../../parts/toast.tsx'
import { jobHref, jobsHref } from '../jobs/filter-state.ts'

interface Props {
  group: FailureGroup
  /** Only the newest jobs of its queue were looked at. */
  isCut: boolean
  filter: ListFilter
  open: (action: JobAction, more: ListFilter) => void
}

const sharesMax = 4

/** One kind of failure: what, how often, whose, and what to do about it. */
export function FailureRow({ group, isCut, filter, open }: Props) {
  const narrowed = filterOf(group)
  const [tenant] = group.groups
  const [queue, ...otherQueues] = group.queues
  // A tenant that most of it is about is likely the one to hold back.
  const guilty =
    tenant !== undefined && otherQueues.length === 0 && tenant.jobs * 2 > group.jobs ? tenant.value : undefined
  return (
    <li class="failure" data-row={group.key} tabIndex={-1}>
      <div class="failure-count">
        <Count value={group.jobs} tone="red" />
        {isCut && <span class="faint">+</span>}
      </div>
      <div class="failure-body">
        <Link href={jobHref(group.newestId)} class="failure-message">
          {group.message}
        </Link>
        <div class="failure-shares">
          <Shares
            title="job"
            shares={group.names}
            of={group.jobs}
            href={(name) => jobsHref({ ...filter, ...deadOf({ name }) })}
          />
          <Shares
            title="queue"
            shares={group.queues}
            of={group.jobs}
            href={(value) => jobsHref({ ...filter, ...deadOf({ queue: value }) })}
          />
          <Shares
            title="group"
            shares={group.groups}
            of={group.jobs}
            href={(value) => jobsHref({ ...filter, ...deadOf({ group: value }) })}
          />
        </div>
        <div class="faint">
          newest <Time at={group.newestAt} />
          {group.jobs > 1 && (
            <>
              , oldest <Time at={group.oldestAt} />
            </>
          )}
        </div>
      </div>
      {may('act') && (
        <div class="failure-buttons">
          <button type="button" class="button" onClick={() => open('retry', narrowed)}>
            Retry …
          </button>
          {guilty !== undefined && queue !== undefined && (
            <button
              type="button"
              class="button"
              title={`Take no jobs of ${guilty} from ${queue.value}`}
              onClick={() => void pause(queue.value, guilty)}
            >
              Pause <span class="failure-guilty">{guilty}</span>
            </button>
          )}
          {may('manage') && (
            <button type="button" class="button" onClick={() => open('remove', narrowed)}>
              Remove …
            </button>
          )}
        </div>
      )}
    </li>
  )
}

/** What is paused is easily resumed: it asks nothing. */
function pause(queue: string, group: string): Promise<boolean> {
  return act(
    () => api.queues.pauseGroup(queue, group),
    `Nothing more of ${group} is taken from ${queue}. Groups & limits lets it go on.`,
  )
}

function deadOf(filter: ListFilter): ListFilter {
  return { ...filter, states: ['dead', 'quarantined'] }
}

/** The narrowest filter that means all of the group. */
function filterOf({ names, queues, groups, text, jobs }: FailureGroup): ListFilter {
  const [name] = names
  const [queue] = queues
  const [tenant] = groups
  return {
    ...(names.length === 1 && { name: name!.value }),
    ...(queues.length === 1 && { queue: queue!.value }),
    ...(groups.length === 1 && tenant!.jobs === jobs && { group: tenant!.value }),
    ...(text !== undefined && { error: text }),
  }
}

interface SharesProps {
  title: string
  shares: readonly Share[]
  of: number
  href: (value: string) => string
}

function Shares({ title, shares, of, href }: SharesProps) {
  if (shares.length === 0) return null
  return (
    <span class="shares">
      <span class="faint">{title}</span>
      {shares.slice(0, sharesMax).map(({ value, jobs }) => (
        <Link key={value} href={href(value)} class="share">
          {value}
          {jobs < of && <span class="faint number"> {percent(jobs / of)}</span>}
        </Link>
      ))}
      {shares.length > sharesMax && <span class="faint">and {count(shares.length - sharesMax)} more</span>}
    </span>
  )
}
