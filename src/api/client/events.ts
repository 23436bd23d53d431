import type { Transport } from './transport.ts'

/** Something that has happened. */
export interface ApiEvent {
  /** `job.ended`, `queue.depth`, `loop.blocked`, … */
  event: string
  at: string
  queue?: string
  job?: string
  data: Record<string, unknown>
}

export interface EventsWanted {
  queue?: string
  job?: string
  /** `job.ended`, or `job` for all of them. */
  event?: readonly string[]
  signal?: AbortSignal
  /** Told when the stream has been opened, the first time and each time anew. */
  onOpen?: () => void
  /** Told now and then while nothing happens: the connection is there still. */
  onAlive?: () => void
  /** Told when the stream was cut and is opened anew: what happened meanwhile is not known. */
  onReconnect?: (error: unknown) => void
}

const pauseMs = 1_000

/** What happens, as it happens. A stream that is cut is opened again; a refusal is thrown (`ApiError`). */
export async function* events(transport: Transport, wanted: EventsWanted = {}): AsyncGenerator<ApiEvent> {
  const { queue, job, event, signal, onOpen, onAlive, onReconnect } = wanted
  const request = { method: 'GET', path: '/v1/events', query: { queue, job, event }, signal } as const
  for (;;) {
    try {
      const stream = await transport.stream(request)
      onOpen?.()
      yield* read(stream, onAlive)
    } catch (error) {
      if (signal?.aborted === true) return
      if (isRefusal(error)) throw error
      onReconnect?.(error)
    }
    if (signal?.aborted === true) return
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

/** Of the API, or of one in this very process. */
function isRefusal(error: unknown): boolean {
  return (error as { retryable?: unknown }).retryable === false
}

/** The blocks of `text/event-stream`. */
async function* read(stream: AsyncIterable<Uint8Array>, onAlive?: () => void): AsyncGenerator<ApiEvent> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    for (const block of blocks) {
      if (block.startsWith(':')) onAlive?.()
      const lines = block.split('\n')
      const event = lines.find((line) => line.startsWith('event: '))?.slice(7)
      const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6))
      if (event !== undefined) yield { event, ...(JSON.parse(data.join('\n')) as Omit<ApiEvent, 'event'>) }
    }
  }
}
