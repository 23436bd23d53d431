import { useState } from 'preact/hooks'
import type { LimitsView, QueueView } from '../../../../src/client.ts'
import { count, duration } from '../../../model/format.ts'
import { api } from '../../data/api.ts'
import { useFleet } from '../../data/fleet.ts'
import { may } from '../../data/session.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { act } from '../../parts/toast.tsx'
import { ConcurrencyDialog } from './concurrency-dialog.tsx'
import { PauseQueue } from './pause-queue.tsx'

interface Props {
  queue: string
  depth: QueueView | undefined
  limits: LimitsView | undefined
  changed: () => Promise<unknown>
}

type Open = 'freeze' | 'halve' | 'concurrency'

/** What may be done to a queue as a whole. */
export function QueueActions({ queue, depth, limits, changed }: Props) {
  const [open, setOpen] = useState<Open>()
  const fleet = useFleet()
  if (!may('act') || depth === undefined) return null
  const close = () => setOpen(undefined)
  const { concurrencyMax } = (limits?.queue ?? {}) as { concurrencyMax?: number }
  // Without a limit of its own it may have all that the workers have room for.
  const now = concurrencyMax ?? fleet.value.merged?.snapshot.fibers.concurrency ?? depth.running
  const half = Math.max(1, Math.floor(now / 2))
  const set = async (wanted: number | null) => {
    await act(
      () => api.queues.setConcurrency(queue, wanted),
      wanted === null
        ? `${queue} has no limit of its own any more.`
        : `${queue} runs ${count(wanted)} at once, over all workers.`,
    )
    await changed()
  }
  return (
    <div class="head-end">
      <PauseQueue queue={depth} changed={changed} />
      <FreezeButton queue={queue} limits={limits} changed={changed} open={() => setOpen('freeze')} />
      <button type="button" class="button" onClick={() => setOpen('halve')} disabled={now <= 1}>
        Halve
      </button>
      <button type="button" class="button" onClick={() => setOpen('concurrency')}>
        {concurrencyMax === undefined ? 'Concurrency …' : `${count(concurrencyMax)} at once …`}
      </button>
      {open === 'halve' && (
        <Confirm
          title={`Halve the concurrency of ${queue}?`}
          yes={`Run ${count(half)} at once`}
          onYes={() => void set(half)}
          close={close}
        >
          <p>
            {concurrencyMax === undefined
              ? `It has no limit of its own: up to ${count(now)} in the workers here.`
              : `It is ${count(now)} over all workers.`}{' '}
            What runs goes on running.
          </p>
        </Confirm>
      )}
      {open === 'concurrency' && <ConcurrencyDialog queue={queue} now={concurrencyMax} set={set} close={close} />}
      {open === 'freeze' && <FreezeDialog queue={queue} changed={changed} close={close} />}
    </div>
  )
}

function FreezeButton({ queue, limits, changed, open }: Omit<Props, 'depth'> & { open: () => void }) {
  const isFrozen =
    limits?.frozen.some(({ group, until }) => group === undefined && Date.parse(until) > Date.now()) ?? false
  if (!isFrozen) {
    return (
      <button type="button" class="button" onClick={open}>
        Freeze …
      </button>
    )
  }
  const lift = async () => {
    await act(() => api.queues.unfreeze(queue), `${queue} is taken from again.`)
    await changed()
  }
  return (
    <button type="button" class="button" onClick={() => void lift()}>
      Unfreeze
    </button>
  )
}

const freezesMs = [60_000, 300_000, 900_000, 3_600_000, 4 * 3_600_000]

function FreezeDialog({ queue, changed, close }: Pick<Props, 'queue' | 'changed'> & { close: () => void }) {
  const [forMs, setForMs] = useState(freezesMs[1]!)
  const freeze = async () => {
    await act(() => api.queues.freeze(queue, forMs), `${queue} is frozen for ${duration(forMs)}.`)
    await changed()
  }
  return (
    <Confirm title={`Freeze ${queue}?`} yes="Freeze it" onYes={() => void freeze()} close={close}>
      <p>Nothing is taken from it for so long, on any machine; then it goes on by itself. What runs goes on running.</p>
      <label class="field">
        For
        <select value={forMs} onChange={(event) => setForMs(Number(event.currentTarget.value))}>
          {freezesMs.map((ms) => (
            <option key={ms} value={ms}>
              {duration(ms)}
            </option>
          ))}
        </select>
      </label>
    </Confirm>
  )
}
