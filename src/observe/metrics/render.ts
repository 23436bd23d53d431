import type { Metric, Registry, RegistryContentType } from 'prom-client'
import type { MetricFamily, MetricSample } from '../../contract/metrics.ts'

export type MetricsFormat = 'prometheus' | 'openmetrics'

/** What the answer is, for its header. */
export const metricsContentType = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<MetricsFormat, string>

/** OpenMetrics, with its exemplars, for whoever asks for it by name; the plain format for everybody else. */
export function metricsFormatOf(accept: string | undefined): MetricsFormat {
  return accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'prometheus'
}

/** As text for Prometheus. `prom-client` is loaded for it. A family without samples is left out. */
export async function renderMetrics(families: readonly MetricFamily[], format: MetricsFormat): Promise<string> {
  const prom = (await import('prom-client')).default
  const registry: Registry<RegistryContentType> = new prom.Registry()
  registry.setContentType(metricsContentType[format])
  for (const family of families) {
    if (family.samples.length > 0) registry.registerMetric(asMetric(family, format) as unknown as Metric)
  }
  return registry.metrics()
}

/** A metric as the registry's serialiser asks it: counted already, somewhere else. */
function asMetric({ name, help, type, samples }: MetricFamily, format: MetricsFormat) {
  // In OpenMetrics the family of a counter has the name without `_total`, which the serialiser gives back to its samples.
  const familyName = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name
  return { name, get: async () => ({ name: familyName, help, type, values: samples.map(valueOf) }) }
}

function valueOf({ name, labels, value, exemplar }: MetricSample) {
  return {
    labels: Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, text.toWellFormed()])),
    value,
    ...(name !== undefined && { metricName: name }),
    ...(exemplar && {
      exemplar: { labelSet: exemplar.labels, value: exemplar.value, timestamp: exemplar.atSeconds },
    }),
  }
}
