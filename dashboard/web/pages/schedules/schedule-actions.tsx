import { useState } from 'preact/hooks'
import type { ScheduleView } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { may } from '../../data/session.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { act } from '../../parts/toast.tsx'

interface Props {
  schedule: ScheduleView
  changed: () => Promise<void>
  edit: (schedule: ScheduleView) => void
}

export function ScheduleActions({ schedule, changed, edit }: Props) {
  const { id, paused } = schedule
  const [isAsking, setAsking] = useState(false)
  const run = async () => {
    let job = ''
    await act(
      async () => (job = (await api.schedules.run(id)).id),
      () => `${id} runs now: job ${job}.`,
    )
    await changed()
  }
  const pause = async () => {
    await act(
      () => (paused ? api.schedules.resume(id) : api.schedules.pause(id)),
      paused ? `${id} runs again, from now on.` : `${id} is paused.`,
    )
    await changed()
  }
  const remove = async () => {
    await act(() => api.schedules.remove(id), `${id} is removed.`)
    await changed()
  }
  return (
    <span class="row-buttons">
      <button type="button" class="button button-small" onClick={() => void run()}>
        Run now
      </button>
      <button type="button" class="button button-small" onClick={() => void pause()}>
        {paused ? 'Resume' : 'Pause'}
      </button>
      {may('manage') && (
        <>
          <button type="button" class="button button-small" onClick={() => edit(schedule)}>
            Edit …
          </button>
          <button type="button" class="button button-small" onClick={() => setAsking(true)}>
            Remove …
          </button>
        </>
      )}
      {isAsking && (
        <Confirm
          title={`Remove ${id}?`}
          yes="Remove it"
          danger
          onYes={() => void remove()}
          close={() => setAsking(false)}
        >
          <p>
            It enqueues nothing more. What it has enqueued stays. One that the code declares comes back when a worker
            starts.
          </p>
        </Confirm>
      )}
    </span>
  )
}
