import { useEffect } from 'preact/hooks'
import { nowMs } from '../data/clock.ts'
import { link, listen, reconnect } from '../data/live.ts'

/** Whether what is on the page is of now. */
export function Connection() {
  // On a page that hears nothing of its own it still shows whether one is connected.
  useEffect(() => listen(['queue.depth'], () => undefined), [])
  const now = link.value
  if (now.state === 'live') {
    return (
      <span class="connection connection-live" role="status" title="Events come as things happen.">
        live
      </span>
    )
  }
  if (now.state === 'connecting') {
    return (
      <span class="connection" role="status">
        connecting …
      </span>
    )
  }
  if (now.state === 'refused') {
    return (
      <span class="connection connection-watch" role="status" title={now.why}>
        asking every few seconds
      </span>
    )
  }
  const seconds = Math.max(0, Math.ceil((now.atMs - nowMs.value) / 1_000))
  return (
    <span class="connection connection-watch" role="status" title={now.why}>
      {navigator.onLine ? '' : 'offline, '}reconnecting in {seconds} s{' '}
      <button type="button" class="link-button" onClick={reconnect}>
        now
      </button>
    </span>
  )
}
