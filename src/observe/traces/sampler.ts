import type { Sampler } from '@opentelemetry/sdk-trace'

type Sdk = typeof import('@opentelemetry/sdk-trace')
type Variables = Record<string, string | undefined>

/**
 * The sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` name, as OpenTelemetry has them; `parentbased_always_on` by
 * default. The SDK itself does not read them. Undefined: there is none of that name.
 */
export function samplerOf(sdk: Sdk, variables: Variables): Sampler | undefined {
  const name = variables['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on'
  const isBased = name.startsWith('parentbased_')
  const root = rootOf(sdk, isBased ? name.slice('parentbased_'.length) : name, variables['OTEL_TRACES_SAMPLER_ARG'])
  return isBased && root !== undefined ? new sdk.ParentBasedSampler({ root }) : root
}

function rootOf(sdk: Sdk, name: string, argument: string | undefined): Sampler | undefined {
  if (name === 'always_on') return new sdk.AlwaysOnSampler()
  if (name === 'always_off') return new sdk.AlwaysOffSampler()
  if (name !== 'traceidratio') return undefined
  const ratio = argument === undefined || argument.trim() === '' ? 1 : Number(argument)
  return ratio >= 0 && ratio <= 1 ? new sdk.TraceIdRatioBasedSampler(ratio) : undefined
}
