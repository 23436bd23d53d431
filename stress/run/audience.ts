import type { Client } from '../../src/connect/client.ts'
import type { Worker } from '../../src/worker/worker.ts'

/** How far a run is. */
export interface Progress {
  phase: 'enqueueing' | 'working'
  /** Enqueued, or ended for good. */
  count: number
  of: number
  inFlight: number
  retried: number
}

/** Who looks on while a run goes on: a dashboard, a progress bar, or nobody. */
export interface Audience {
  /** Something that the user should know before it starts. */
  warn?(text: string): void
  /** The worker is there and still paused. */
  opened?(worker: Worker, client: Client): Promise<void>
  /** Ten times a second. */
  progress?(progress: Progress): void
  /** All work is done; what is measured is measured. The run goes on when this resolves. */
  finished?(report: string): Promise<void>
}

const everyMs = 100

/** Tells the audience how far it is, ten times a second, until the function that this answers is called. */
export function narrate(audience: Audience, look: () => Progress): () => void {
  if (audience.progress === undefined) return () => {}
  const tell = () => audience.progress?.(look())
  const timer = setInterval(tell, everyMs).unref()
  return () => {
    clearInterval(timer)
    tell()
  }
}
