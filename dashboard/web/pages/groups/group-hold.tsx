import type { Hold } from '../../../model/limit-left.ts'
import { Duration } from '../../parts/numbers.tsx'
import { Time, Until } from '../../parts/time.tsx'
import { isForGood } from './held-back.tsx'

interface Props {
  hold: Hold | undefined
  /** When a pause of its own ends. */
  until: string | undefined
  ready: number
  /** When this was told. */
  atMs: number
}

/** What keeps the jobs of a group from being taken, and for how long. */
export function GroupHold({ hold, until, ready, atMs }: Props) {
  if (until !== undefined) {
    return (
      <span class="amber">
        {isForGood(until) ? (
          'paused, until it is resumed'
        ) : (
          <>
            paused, goes on <Time at={until} />
          </>
        )}
      </span>
    )
  }
  if (hold === undefined) return <span class="faint">–</span>
  const { why, nextInMs, perMs } = hold
  return (
    <span class="amber">
      {why}
      <span class="faint hold-next">
        {nextInMs === undefined ? (
          'the next one when one of them ends'
        ) : (
          <>
            the next one <Until atMs={atMs + nextInMs} />
          </>
        )}
        {perMs !== undefined && ready > 1 && nextInMs !== undefined && (
          <>
            , the last of them after <Duration value={nextInMs + (ready - 1) / perMs} />
          </>
        )}
      </span>
    </span>
  )
}
