import { type ReadonlySignal, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError, type ApiEvent } from '../../../src/client.ts'
import { answered, ended, type Fleet, nobody, silentMs, told } from '../../model/fleet.ts'
import { addPoint, type LivePoint } from '../../model/live-series.ts'
import { api } from './api.ts'
import { listen } from './live.ts'
import { type CallOff, whenSeen } from './seen.ts'

/** The worker processes beside the API, as long as a page that shows them is open; and what of it went wrong. */
const state = signal<Fleet & { error?: Error; isAsked: boolean }>({ ...nobody, isAsked: false })

/** The last minutes, as long as a page that shows them is open. */
export const livePoints = signal<readonly LivePoint[]>([])

const everyMs = 1_000
let users = 0
let callOff: CallOff | undefined
let heardAtMs = 0
let unlisten: (() => void) | undefined

/** Kept fresh by the events of the processes; where none come they are asked once a second. */
export function useFleet(): ReadonlySignal<typeof state.value> {
  useEffect(() => {
    users += 1
    if (users === 1) {
      unlisten = listen(['process'], hear)
      void look()
    }
    return () => {
      users -= 1
      if (users > 0) return
      unlisten?.()
      callOff?.()
    }
  }, [])
  return state
}

/** Ask all of them now: after something was done to them. */
export async function look(): Promise<void> {
  callOff?.()
  const askedAtMs = Date.now()
  try {
    const { processes, missing } = await api.workers.processes()
    const { error: _error, ...fleet } = state.peek()
    show({ ...answered(fleet, processes, missing, Date.now()), isAsked: true })
  } catch (error) {
    state.value = { ...state.peek(), error: error as Error, isAsked: true }
    // A token of a few queues is not told of the workers, however often it asks.
    if (error instanceof ApiError && error.status === 403) return
  }
  plan(everyMs - (Date.now() - askedAtMs))
}

function show(fleet: typeof state.value): void {
  state.value = fleet
  livePoints.value = addPoint(livePoints.peek(), fleet)
}

function plan(ms: number): void {
  callOff?.()
  if (users === 0) return
  callOff = whenSeen(Math.max(ms, everyMs / 4), () => {
    // Events tell the same for less.
    if (Date.now() - heardAtMs < silentMs) plan(everyMs)
    else void look()
  })
}

function hear({ event, data }: ApiEvent): void {
  const nowMs = Date.now()
  const { process, pid } = data as { process: unknown; pid: unknown }
  if (typeof process !== 'number' || typeof pid !== 'number') return
  const before = state.peek()
  if (event === 'process.snapshot') {
    heardAtMs = nowMs
    show({ ...told(before, [{ process, pid, snapshot: data['snapshot'] }], nowMs), isAsked: true })
  } else if (event === 'process.ended') {
    show({ ...ended(before, pid, data, nowMs), isAsked: before.isAsked })
  } else {
    void look()
  }
}
