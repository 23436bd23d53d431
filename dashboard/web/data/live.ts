import { signal } from '@preact/signals'
import { ApiError, type ApiEvent } from '../../../src/client.ts'
import { api } from './api.ts'

/**
 * - `live`: events come as things happen.
 * - `waiting`: the stream was cut, and is opened again at `atMs`. Pages ask now and then meanwhile.
 * - `refused`: the server lets nobody watch more (or this caller not): pages ask now and then.
 */
export type Link =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'waiting'; atMs: number; why: string }
  | { state: 'refused'; why: string }

/** How the page hears of what happens. */
export const link = signal<Link>({ state: 'connecting' })

type Listener = (event: ApiEvent) => void

const listeners = new Map<Listener, readonly string[]>()
const pauseMsMax = 15_000
/**
 * The server says something every five seconds. A stream that is silent for so long, or is not open after it, is one whose server has vanished
 * without a word: nobody else would ever say so.
 */
const silentMsMax = 9_000

let wantedNow = ''
let controller: AbortController | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let failures = 0

/**
 * Hear events of these kinds (`job.ended`, or `job` for all of them) until the answer is called. All of the page share one stream of what any
 * of them wants.
 */
export function listen(kinds: readonly string[], listener: Listener): () => void {
  listeners.set(listener, kinds)
  restartIfOther()
  return () => {
    listeners.delete(listener)
    restartIfOther()
  }
}

/** Try now instead of waiting. */
export function reconnect(): void {
  wantedNow = ''
  restartIfOther()
}

/** At the end of the turn: pages come and go together. */
let isQueued = false
function restartIfOther(): void {
  if (isQueued) return
  isQueued = true
  queueMicrotask(() => {
    isQueued = false
    const wanted = [...new Set([...listeners.values()].flat())].toSorted()
    if (wanted.join() === wantedNow) return
    wantedNow = wanted.join()
    controller?.abort()
    clearTimeout(timer)
    if (wanted.length > 0) void run(wanted)
  })
}

async function run(event: string[]): Promise<void> {
  const own = new AbortController()
  controller = own
  let silence: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(silence)
    silence = setTimeout(() => cut(own, `nothing was heard for ${silentMsMax / 1_000} s`), silentMsMax)
  }
  heard()
  try {
    const onOpen = () => {
      if (own.signal.aborted) return
      link.value = { state: 'live' }
      heard()
    }
    const onReconnect = (error: unknown) => cut(own, error instanceof Error ? error.message : 'the stream was cut')
    for await (const one of api.events({ event, signal: own.signal, onOpen, onAlive: heard, onReconnect })) {
      if (own.signal.aborted) break
      failures = 0
      heard()
      for (const [listener, kinds] of listeners) if (kinds.some((kind) => isOf(kind, one.event))) listener(one)
    }
  } catch (error) {
    if (own.signal.aborted) return
    link.value = { state: 'refused', why: error instanceof ApiError ? error.message : String(error) }
  } finally {
    clearTimeout(silence)
  }
}

/** Try again after 1, 2, 4 … 15 s. */
function cut(own: AbortController, why: string): void {
  if (own !== controller || own.signal.aborted) return
  own.abort()
  const pauseMs = Math.min(pauseMsMax, 1_000 * 2 ** failures++)
  link.value = { state: 'waiting', atMs: Date.now() + pauseMs, why }
  timer = setTimeout(reconnect, pauseMs)
}

function isOf(kind: string, event: string): boolean {
  return event === kind || event.startsWith(`${kind}.`)
}

// A phone that was asleep, a network that is back: no reason to wait.
addEventListener('online', () => link.peek().state === 'waiting' && reconnect())
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && link.peek().state === 'waiting') reconnect()
})
