import { defaults } from '../base/defaults.ts'
import { systemEnv } from '../base/env.ts'
import type { Settings } from '../config/options.ts'

/** Sends the traces of this process where `--otlp` says. Answers the end of it. Throws `FW_PACKAGE_MISSING`. */
export async function startTracing({ otlp }: Pick<Settings, 'otlp'>): Promise<() => Promise<void>> {
  if (otlp === undefined) return async () => {}
  const { startOtlp } = await import('../observe/traces/otlp.ts')
  return startOtlp({ url: otlp, env: systemEnv, flushMs: defaults.tracesFlushMs })
}
