import { api } from '../../data/api.ts'
import { may } from '../../data/session.ts'
import { act } from '../../parts/toast.tsx'

interface Props {
  queue: string
  row: { group?: string | undefined; held?: string | undefined }
  changed: () => Promise<unknown>
  change: (group: string) => void
}

export function GroupActions({ queue, row: { group, held }, changed, change }: Props) {
  // Those without a group have no name by which they could be paused.
  if (group === undefined) return null
  const isPaused = held === 'frozen'
  const click = async () => {
    if (isPaused) await act(() => api.queues.resumeGroup(queue, group), `${group} is taken from again.`)
    else
      await act(
        () => api.queues.pauseGroup(queue, group),
        `${group} is paused: none of its jobs is taken until it is resumed.`,
      )
    await changed()
  }
  return (
    <span class="row-buttons">
      <button type="button" class="button button-small" onClick={() => void click()}>
        {isPaused ? 'Resume' : 'Pause'}
      </button>
      {may('manage') && (
        <button type="button" class="button button-small" onClick={() => change(group)}>
          Limits …
        </button>
      )}
    </span>
  )
}
