import { availableParallelism } from 'node:os'
import type { OptionName, Settings } from './options.ts'
import { processesOf } from './processes.ts'

/** What works and is probably not meant. */
export function warningsOf(settings: Settings, origins: Record<OptionName, string>): string[] {
  const warnings: string[] = []
  const { url, beatMs, leaseMs, supervisor, dashboard, httpInsecure, http, watchConfig } = settings
  const processes = processesOf(settings)
  // By default it follows a short lease without a word.
  if (beatMs > leaseMs / 3 && origins.beatMs !== 'default') {
    warnings.push(
      `beatMs (${beatMs}) is more than a third of leaseMs (${leaseMs}); ${Math.round(leaseMs / 3)} ms is used.`,
    )
  }
  if (processes > 4 * availableParallelism()) {
    warnings.push(
      `${processes} processes on ${availableParallelism()} cores: one process runs thousands of waiting jobs by itself.`,
    )
  }
  if (watchConfig && (!supervisor || dashboard))
    warnings.push('watchConfig needs a supervisor, and no dashboard on it.')
  if (!supervisor && processes > 1) warnings.push('supervisor is off, so that only one process works.')
  if (httpInsecure) {
    warnings.push(
      'httpInsecure is deprecated and goes with 0.7: say --behind-proxy if something in front speaks TLS, or give a certificate; then the API is served too.',
    )
  }
  const ofHttp = ['ui', 'httpHosts', 'httpToken', 'behindProxy', 'tlsCert', 'tlsKey', 'httpInsecure'] as const
  for (const name of http === undefined ? ofHttp : [])
    if (origins[name] !== 'default') warnings.push(`${name} does nothing without http.`)
  const { alertWebhook, alertWebhookSecret } = settings
  if (alertWebhookSecret !== undefined && alertWebhook === undefined) {
    warnings.push('alertWebhookSecret does nothing without alertWebhook.')
  }
  if (/^memory:/i.test(url)) {
    warnings.push('a memory: store ends with its process, and nobody else can enqueue into it.')
  }
  return warnings
}
