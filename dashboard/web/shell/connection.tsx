import { nowMs } from '../data/clock.ts'
import { link, reconnect } from '../data/live.ts'

/** Whether what is on the page is of now. */
export function Connection() {
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
