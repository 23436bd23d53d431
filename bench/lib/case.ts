/** One contender of a case: a script of `contenders/` that prints one JSON object of metrics. */
export interface Contender {
  name: string
  /** File name in `contenders/`, without its ending. */
  script: string
  args?: Record<string, unknown>
  /** Flags for Node. */
  nodeFlags?: string[]
}

export interface Metric {
  name: string
  unit: string
  /** Whether more is better: then the ratio is ours / theirs, otherwise theirs / ours is what one wants small. */
  better: 'more' | 'less'
}

/** A question, and who answers it. */
export interface Case {
  name: string
  /** What it asks, in a sentence. */
  asks: string
  /** The contender that ratios are made against. */
  baseline: string
  contenders: Contender[]
  metrics: Metric[]
  /** How often each contender runs, alternating; 5 by default. */
  rounds?: number
  /** What the contenders need beside them, for the whole case: a slow service, options of it. */
  service?: { latencyMs: number; ports: number }
}
