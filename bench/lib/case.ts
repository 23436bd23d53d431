/** One contender of a case: a script of `contenders/` that prints one JSON object of metrics. */
export interface Contender {
  name: string
  /** File name in `contenders/`, without its ending. */
  script: string
  args?: Record<string, unknown>
  /** Flags for Node. */
  nodeFlags?: string[]
}

/** A peer of which we do not know the best settings: they are all tried before the rounds, and the best one contends. */
export interface Sweep {
  name: string
  script: string
  /** Arguments of all settings. */
  args?: Record<string, unknown>
  settings: Record<string, unknown>[]
  /** What decides. */
  metric: string
  /** Arguments while trying only: fewer jobs than in the rounds. */
  trying: Record<string, unknown>
}

export interface Metric {
  name: string
  unit: string
  /** Whether more is better: then the ratio is ours / theirs, otherwise theirs / ours is what one wants small. */
  better: 'more' | 'less'
}

/** What we want to reach: a median as it is, or as a ratio to the median of another contender in the same run. */
export interface Bar {
  contender: string
  metric: string
  against?: string
  atLeast?: number
  /** Or nine tenths of what this contender reaches, whichever is lower: what the store itself allows. */
  ceiling?: string
  atMost?: number
  /** As `atLeast`, for each single round. */
  everyRoundAtLeast?: number
}

/** A question, and who answers it. */
export interface Case {
  name: string
  /** What it asks, in a sentence. */
  asks: string
  /** The contender that ratios are made against. */
  baseline: string
  contenders: (Contender | Sweep)[]
  metrics: Metric[]
  bars?: Bar[]
  /** How often each contender runs, alternating; 5 by default. */
  rounds?: number
  /** What the contenders need beside them, started anew for each: a slow service, options of it. */
  service?: { latencyMs: number; ports: number }
  /** A Redis server of the case's own, emptied before each contender, which gets its URL as `redis`. */
  redis?: boolean
  /** Packages whose versions belong to the result. */
  peers?: string[]
}
