import type { LimitSettingsView, LimitersView } from '../../../../src/client.ts'
import { count, plural } from '../../../model/format.ts'
import { limitWords } from '../../../model/limit-words.ts'
import { api } from '../../data/api.ts'
import type { HeldQueue } from '../../data/held.ts'
import { may } from '../../data/session.ts'
import { act } from '../../parts/toast.tsx'
import { Time } from '../../parts/time.tsx'

interface Props {
  held: { limiters: LimitersView; queues: HeldQueue[] }
  /** The queue whose groups are shown below: what holds them back stands there. */
  shown: string | undefined
  changed: () => Promise<void>
  choose: (queue: string) => void
}

/** Everything that keeps jobs from being taken now, over all queues. */
export function HeldBack({ held: { limiters, queues }, shown, changed, choose }: Props) {
  const resume = async ({ queue, group }: LimitersView['frozen'][number]) => {
    await act(
      () => (group === undefined ? api.queues.unfreeze(queue) : api.queues.resumeGroup(queue, group)),
      `${group ?? queue} is taken from again.`,
    )
    await changed()
  }
  const throttled = queues.flatMap(({ queue, groups }) => {
    const kept = groups.filter((group) => group.held !== undefined && group.held !== 'frozen')
    return kept.length === 0 || queue === shown ? [] : [{ queue, kept }]
  })
  if (limiters.upstreams.length + limiters.frozen.length + throttled.length === 0) return null
  return (
    <ul class="held">
      {limiters.frozen.map((frozen) => (
        <li key={`${frozen.queue}/${frozen.group ?? ''}`}>
          <b>{frozen.group ?? frozen.queue}</b>{' '}
          {frozen.group === undefined ? 'is frozen' : `is paused in ${frozen.queue}`}
          {isForGood(frozen.until) ? (
            ', until it is resumed'
          ) : (
            <>
              , goes on <Time at={frozen.until} />
            </>
          )}
          {may('act') && (
            <button type="button" class="button button-small" onClick={() => void resume(frozen)}>
              Resume
            </button>
          )}
        </li>
      ))}
      {throttled.map(({ queue, kept }) => (
        <li key={queue}>
          <b>{plural(kept.length, 'group')}</b> of{' '}
          <button type="button" class="link-button" onClick={() => choose(queue)}>
            {queue}
          </button>{' '}
          held back, {count(kept.reduce((sum, { ready }) => sum + ready, 0))} jobs ready
          <span class="faint">{wordsFor(limiters, queue)}</span>
        </li>
      ))}
      {limiters.upstreams.map(({ upstream, until }) => (
        <li key={upstream}>
          <b>{upstream}</b> wants no calls, again <Time at={until} />
        </li>
      ))}
    </ul>
  )
}

/** Who pauses without an end gives ten years. */
export function isForGood(until: string): boolean {
  return Date.parse(until) - Date.now() > 365 * 86_400_000
}

function wordsFor({ queues }: LimitersView, queue: string): string {
  const limits = queues.find((one) => one.queue === queue)
  const words = limitWords((limits?.groupLimits ?? {}) as LimitSettingsView)
  return words.length === 0 ? '' : ` · each group: ${words.join(', ')}`
}
