import { useState } from 'preact/hooks'
import { concurrencyMax, concurrencyMin, stepConcurrency } from '../../../model/concurrency.ts'
import type { SeenProcess } from '../../../model/fleet.ts'
import { count, plural } from '../../../model/format.ts'
import { api } from '../../data/api.ts'
import { look } from '../../data/fleet.ts'
import { may } from '../../data/session.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { act, toast } from '../../parts/toast.tsx'

/** What is done to all worker processes of this machine alike. */
export function WorkersActions({ processes }: { processes: readonly SeenProcess[] }) {
  const [isAsking, setAsking] = useState(false)
  if (!may('act')) return null
  const now = Math.max(...processes.map(({ snapshot }) => snapshot.fibers.concurrency))
  const isPaused = processes.every(({ snapshot }) => snapshot.worker.state === 'paused')
  const all = plural(processes.length, 'process', 'processes')
  const set = async (concurrency: number) => {
    await act(
      () => api.workers.setConcurrency(concurrency),
      `${count(concurrency)} at once in each, until they start anew.`,
    )
    await look()
  }
  const pause = async () => {
    if (isPaused) await act(() => api.workers.resume(), `${all} take jobs again.`)
    else await act(() => api.workers.pause(), `${all} take nothing more; what runs goes on.`)
    await look()
  }
  return (
    <div class="head-end">
      <span class="stepper" role="group" aria-label="Jobs at once in each process">
        <button
          type="button"
          class="button"
          aria-label="Fewer at once"
          disabled={now <= concurrencyMin}
          onClick={() => void set(stepConcurrency(now, -1))}
        >
          −
        </button>
        <span class="stepper-now">
          {count(now)} <span class="faint">at once each</span>
        </span>
        <button
          type="button"
          class="button"
          aria-label="More at once"
          disabled={now >= concurrencyMax}
          onClick={() => void set(stepConcurrency(now, 1))}
        >
          +
        </button>
      </span>
      <button type="button" class="button" onClick={() => void pause()}>
        {isPaused ? 'Resume' : 'Pause'}
      </button>
      {may('manage') && (
        <button type="button" class="button" onClick={() => setAsking(true)}>
          Reload …
        </button>
      )}
      {isAsking && (
        <Confirm title={`Replace ${all}?`} yes="Reload" onYes={() => void reload()} close={() => setAsking(false)}>
          <p>
            One after the other: a new process comes up with new code and configuration, the old one finishes what it
            runs. Never fewer are at work than before.
          </p>
        </Confirm>
      )}
    </div>
  )
}

async function reload(): Promise<void> {
  toast('The reload has begun: it ends when the last of the old processes has finished.')
  try {
    const { replaced, processes, refused } = await api.workers.reload()
    if (refused === undefined) toast(`${plural(replaced, 'process was', 'processes were')} replaced.`)
    else toast(`${replaced} of ${processes} were replaced: ${refused}`, 'failed')
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'failed')
  }
  await look()
}
