import type { MetricSample } from '../../contract/metrics.ts'

/** A job that one bucket shows as an example, as it was heard: read only when somebody asks. */
interface Example {
  traceparent: string
  ms: number
  atMs: number
}

const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})/

/** What of a traceparent leads to a trace: its id, where the trace is sampled at all. */
export function sampledTraceId(traceparent: string): string | undefined {
  const [, id, flags] = traceId.exec(traceparent) ?? []
  return id !== undefined && (Number.parseInt(flags!, 16) & 1) === 1 ? id : undefined
}

/** Durations in fixed buckets. Counted in milliseconds, told in seconds. */
export class Buckets {
  readonly #boundsMs: readonly number[]
  readonly #counts: Float64Array
  #sumMs = 0
  #examples: (Example | undefined)[] | undefined

  constructor(bounds: readonly number[]) {
    this.#boundsMs = bounds.map((seconds) => seconds * 1_000)
    this.#counts = new Float64Array(bounds.length + 1)
  }

  record(ms: number): number {
    const bounds = this.#boundsMs
    let at = 0
    while (at < bounds.length && ms > bounds[at]!) at++
    this.#counts[at]! += 1
    // A clock of the store that went backwards must not make a counter fall.
    if (ms > 0) this.#sumMs += ms
    return at
  }

  /** So many values that lie in one bucket, by its place. */
  addTo(at: number, count: number, sumMs: number): void {
    this.#counts[at]! += count
    this.#sumMs += sumMs
  }

  /** The newest of a bucket is its example. */
  recordExample(ms: number, traceparent: string, atMs: number): void {
    const at = this.record(ms)
    this.#examples ??= []
    this.#examples[at] = { traceparent, ms, atMs }
  }

  samples(name: string, labels: Record<string, string>): MetricSample[] {
    let count = 0
    const buckets = [...this.#counts].map((added, at): MetricSample => {
      count += added
      const bound = this.#boundsMs[at]
      const le = bound === undefined ? '+Inf' : String(bound / 1_000)
      const sample = { name: `${name}_bucket`, labels: { ...labels, le }, value: count }
      const exemplar = exemplarOf(this.#examples?.[at])
      return exemplar === undefined ? sample : { ...sample, exemplar }
    })
    return [
      ...buckets,
      { name: `${name}_sum`, labels, value: this.#sumMs / 1_000 },
      { name: `${name}_count`, labels, value: count },
    ]
  }
}

function exemplarOf(example: Example | undefined): MetricSample['exemplar'] {
  const id = example === undefined ? undefined : sampledTraceId(example.traceparent)
  if (id === undefined) return undefined
  return { labels: { trace_id: id }, value: example!.ms / 1_000, atSeconds: example!.atMs / 1_000 }
}
