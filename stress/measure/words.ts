import { formatDuration } from '../../src/base/duration.ts'
import type { Percentiles } from '../../src/contract/dashboard.ts'
import type { Report } from './report.ts'

/** `12,345` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** `85 ms`, `1.31 s`, `12.3 s`, then as `formatDuration` has it. */
export function time(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`
  return ms >= 1_000 && ms < 10_000 ? `${(ms / 1_000).toFixed(2)} s` : formatDuration(ms)
}

/** `312 MB`, `1.4 GB` */
export function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

/** `1 job`, `2 jobs` */
export function some(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

export function spread({ p50, p90, p99, max }: Percentiles): string {
  return `p50 ${time(p50)} · p90 ${time(p90)} · p99 ${time(p99)} · max ${time(max)}`
}

export type Row = [label: string, text: string]

/** What `demo` and `stress` say alike: how fast, how many at once, and what it cost. A part of a run has no ideal. */
export function speedRows(report: Report, interrupted: boolean): Row[] {
  const { wallMs, idealMs, jobsPerSecond } = report
  const comparable = idealMs > 0 && !interrupted
  const share = comparable ? `; the ideal is ${time(idealMs)}, this is ${(wallMs / idealMs).toFixed(2)} × it` : ''
  return [
    ['wall time', `${time(wallMs)}${share}`],
    ['throughput', `${count(jobsPerSecond)} jobs/s`],
    ['at once', some(report.inFlightPeak, 'job')],
  ]
}

export function costRows(report: Report): Row[] {
  const { rssPeakBytes, heapPeakBytes, cpuMs, loopDelayMs, done, dead } = report
  return [
    ['memory', `${size(rssPeakBytes)} at the peak, heap ${size(heapPeakBytes)}`],
    [
      'event loop',
      `late by p50 ${time(loopDelayMs.p50)} · p99 ${time(loopDelayMs.p99)} · max ${time(loopDelayMs.max)}`,
    ],
    ['CPU', `${time(cpuMs)}, ${Math.round((cpuMs / Math.max(1, done + dead)) * 1_000)} µs a job`],
  ]
}

/** Two columns, indented. */
export function lines(rows: Row[]): string {
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`).join('\n')
}
