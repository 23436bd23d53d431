/** One sample of a family. `name` where it is not the family's: `…_bucket`, `…_sum`, `…_count`. */
export interface MetricSample {
  name?: string
  labels: Record<string, string>
  value: number
  /** A job that this sample is an example of: its trace, what it took, when (seconds since 1970). */
  exemplar?: { labels: Record<string, string>; value: number; atSeconds: number }
}

/** A metric with all its samples, as plain data: it travels from a worker's process to the one that is scraped. */
export interface MetricFamily {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  samples: MetricSample[]
}
