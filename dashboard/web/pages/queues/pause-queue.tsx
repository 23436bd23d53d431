import { useState } from 'preact/hooks'
import type { QueueView } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { may } from '../../data/session.ts'
import { act } from '../../parts/toast.tsx'

interface Props {
  queue: Pick<QueueView, 'queue' | 'paused'>
  changed: () => unknown
  small?: boolean
}

/** What is paused is easily resumed: it asks nothing. */
export function PauseQueue({ queue: { queue, paused }, changed, small = false }: Props) {
  const [isBusy, setBusy] = useState(false)
  if (!may('act')) return null
  const click = async () => {
    setBusy(true)
    if (paused) await act(() => api.queues.resume(queue), `${queue} is taken from again.`)
    else await act(() => api.queues.pause(queue), `${queue} is paused: nothing more is taken from it, on any machine.`)
    await changed()
    setBusy(false)
  }
  return (
    <button
      type="button"
      class={`button ${small ? 'button-small' : ''}`}
      disabled={isBusy}
      onClick={() => void click()}
    >
      {paused ? 'Resume' : 'Pause'}
    </button>
  )
}
