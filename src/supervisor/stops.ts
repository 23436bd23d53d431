import type { Link } from './link.ts'

export interface Stops {
  /** 1: drain. 2: now. Each is told once, and never downwards. */
  onStop: (level: 1 | 2, reason: string) => void
  /** Somebody is out of patience: end without another word. */
  onThird: (signal: NodeJS.Signals) => void
}

/**
 * Everything that asks a process to stop, as levels. A first signal drains, a second one means now, a third one ends at once.
 * A closed terminal (SIGHUP, which may come twice) drains only. Under a supervisor only its word counts beyond the first
 * signal: on a terminal, and from systemd, a signal reaches both of them.
 */
export function watchStops(link: Link | undefined, { onStop, onThird }: Stops): (level: 1 | 2, reason: string) => void {
  let reached = 0
  let signals = 0
  const raise = (level: 1 | 2, reason: string) => {
    if (level <= reached) return
    reached = level
    onStop(level, reason)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (link?.connected === true) return raise(1, signal)
    signals += 1
    if (signals > 2) onThird(signal)
    else raise(signals === 1 ? 1 : 2, signal)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('SIGHUP', () => raise(1, 'SIGHUP'))
  link?.onStop(raise)
  return raise
}
