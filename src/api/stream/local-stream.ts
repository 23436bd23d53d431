import { FiberWorkError } from '../../contract/errors.ts'
import type { Api } from '../api.ts'
import { type Caller, demand } from '../auth/caller.ts'
import type { EventFilter } from '../schemas/event.ts'

/** Whoever does not read so much has missed what comes then, and may begin again. */
const unreadCharsMax = 1024 * 1024

/**
 * The events of an API of this process, as its server would stream them, from now until `signal` aborts. Throws `FW_API_FORBIDDEN`; reading throws
 * `FW_API_TOO_MANY` where it does not keep up.
 */
export function localStream(
  { hub }: Pick<Api, 'hub'>,
  caller: Caller,
  filter: EventFilter,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  demand(caller, 'see')
  let unread: string[] = []
  let chars = 0
  let isOver = false
  let wake = () => {}
  const leave = hub.add(caller, filter, (text) => {
    unread.push(text)
    chars += text.length
    if (chars > unreadCharsMax) end()
    wake()
  })
  const end = () => {
    isOver = true
    leave()
    signal?.removeEventListener('abort', end)
    wake()
  }
  if (signal?.aborted === true) end()
  else signal?.addEventListener('abort', end, { once: true })
  const encoder = new TextEncoder()
  return (async function* () {
    try {
      while (!isOver) {
        if (unread.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        const text = unread.join('')
        unread = []
        chars = 0
        if (text !== '' && signal?.aborted !== true) yield encoder.encode(text)
      }
      if (signal?.aborted !== true) {
        throw new FiberWorkError('FW_API_TOO_MANY', 'More has happened than was read: the stream begins again.')
      }
    } finally {
      end()
    }
  })()
}
