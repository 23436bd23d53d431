import { availableParallelism } from 'node:os'
import type { OptionName, Settings } from './options.ts'

/** What works and is probably not meant. */
export function warningsOf(settings: Settings, origins: Record<OptionName, string>): string[] {
  const warnings: string[] = []
  const { url, beatMs, leaseMs, processes, supervisor, dashboard, httpInsecure, http } = settings
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
  if (!supervisor && processes > 1) warnings.push('supervisor is off, so that only one process works.')
  if (dashboard && processes > 1) warnings.push('the dashboard shows one process; the others work unseen.')
  const { alertWebhook, alertWebhookSecret } = settings
  if (alertWebhookSecret !== undefined && alertWebhook === undefined) {
    warnings.push('alertWebhookSecret does nothing without alertWebhook.')
  }
  if (httpInsecure && http === undefined) warnings.push('httpInsecure does nothing without http.')
  if (/^memory:/i.test(url)) {
    warnings.push('a memory: store ends with its process, and nobody else can enqueue into it.')
  }
  return warnings
}
