import type { MetricFamily, MetricSample } from '../../contract/metrics.ts'

/** What one process of a machine counts. */
export interface ProcessFamilies {
  /** The number of its place; a process that was restarted has the same. */
  process: number
  /** Tells a process from the one that had its place before. */
  pid?: number
  families: MetricFamily[]
}

/**
 * The metrics of several processes as one: counters and histograms are added up, gauges keep their process as a label. What processes
 * have counted that are gone is not in the sum: whoever shows sums over time has a `FleetMetrics`.
 */
export function mergeFamilies(perProcess: readonly ProcessFamilies[]): MetricFamily[] {
  const merged = new Map<string, { family: MetricFamily; samples: Map<string, MetricSample> }>()
  for (const { process, families } of perProcess) {
    for (const family of families) {
      let into = merged.get(family.name)
      if (into === undefined) merged.set(family.name, (into = { family, samples: new Map() }))
      for (const sample of family.samples) {
        if (family.type === 'gauge') add(into.samples, withProcess(sample, process))
        else add(into.samples, sample)
      }
    }
  }
  return [...merged.values()].map(({ family: { name, help, type }, samples }) => ({
    ...{ name, help, type },
    samples: [...samples.values()],
  }))
}

/**
 * The metrics of the processes of one machine over time. A process that is restarted counts from 0 again; a sum that fell by that would
 * be read as a restart of everything, and all that the others have counted as new. So what was last heard of those that are gone is kept.
 */
export class FleetMetrics {
  readonly #last = new Map<number, ProcessFamilies>()
  #gone: MetricFamily[] = []

  /** Of those that answered just now. Of those that did not, what they counted before still counts; their gauges are left out. */
  merge(answers: readonly ProcessFamilies[]): MetricFamily[] {
    for (const answer of answers) {
      const before = this.#last.get(answer.process)
      if (before !== undefined && before.pid !== answer.pid) this.#gone = countsOf([this.#past, before])
      this.#last.set(answer.process, answer)
    }
    const here = new Set(answers.map(({ process }) => process))
    const silent = [...this.#last.values()].filter(({ process }) => !here.has(process))
    return mergeFamilies([...answers, { process: -1, families: countsOf([this.#past, ...silent]) }])
  }

  get #past(): ProcessFamilies {
    return { process: -1, families: this.#gone }
  }
}

/** What was counted, without what held at a moment only. */
function countsOf(perProcess: readonly ProcessFamilies[]): MetricFamily[] {
  return mergeFamilies(
    perProcess.map(({ process, families }) => ({
      process,
      families: families.filter(({ type }) => type !== 'gauge'),
    })),
  )
}

function withProcess(sample: MetricSample, process: number): MetricSample {
  return { ...sample, labels: { ...sample.labels, process: String(process) } }
}

function add(samples: Map<string, MetricSample>, sample: MetricSample): void {
  const key = `${sample.name ?? ''}\0${Object.entries(sample.labels).flat().join('\0')}`
  const found = samples.get(key)
  if (found === undefined) return void samples.set(key, { ...sample })
  found.value += sample.value
  const newer = sample.exemplar
  if (newer !== undefined && !(found.exemplar !== undefined && found.exemplar.atSeconds > newer.atSeconds)) {
    found.exemplar = newer
  }
}
