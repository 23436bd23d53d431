/** What the parent tells the slow service, and what it answers. */
export interface ServiceOptions {
  /** How many ports to listen on: one port runs out of ephemeral ports at some 28,000 connections. 20 by default. */
  ports?: number
  /** How long each request is held before it is answered. */
  latencyMs: number
}

export interface ServiceStats {
  /** Requests that were answered with 200. */
  served: number
  /** Requests that were answered with 503. */
  refused: number
  /** The most requests that were open at once. */
  openPeak: number
}

export type ToService = { ask: 'stats' }
export type FromService = { ports: number[] } | { stats: ServiceStats } | { failed: string }

/** A request that carries this header is refused with 503 at once: the value is `<key>:<times>`, how often for this key. */
export const refuseHeader = 'x-refuse'
