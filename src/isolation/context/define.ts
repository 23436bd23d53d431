import type { ContextProbe, ContextProbeOptions } from '../../contract/context-probe.ts'
import { FiberWorkError } from '../../contract/errors.ts'

const styles = ['promise', 'pooled', 'callback', 'event', 'stream'] as const
const others = ['open', 'close'] as const

/**
 * Have `fiber-work doctor --context` look at a client of your own, as it does at those that it knows. List it under `contextProbes`
 * in the config file. Throws `FW_CONFIG_INVALID`.
 */
export function defineContextProbe<Client>(name: string, options: ContextProbeOptions<Client>): ContextProbe {
  const problem = problemOf(name, options)
  if (problem !== undefined)
    throw new FiberWorkError('FW_CONFIG_INVALID', `defineContextProbe(name, options): ${problem}`)
  return { name, options: options as ContextProbeOptions<unknown> }
}

function problemOf(name: unknown, options: unknown): string | undefined {
  if (typeof name !== 'string' || !/^[\w@/.-]{1,64}$/.test(name)) {
    return `\`name\` is ${JSON.stringify(name)}; allowed are letters, digits and -_./@, up to 64.`
  }
  if (typeof options !== 'object' || options === null) return `"${name}" has no options.`
  const given = options as Record<string, unknown>
  const known: readonly string[] = [...others, ...styles]
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) return `"${name}" has the option \`${key}\`; there are ${known.join(', ')}.`
    if (given[key] !== undefined && typeof given[key] !== 'function') return `\`${key}\` of "${name}" is no function.`
  }
  if (given['open'] === undefined) return `"${name}" needs \`open\`.`
  if (styles.every((style) => given[style] === undefined)) return `"${name}" needs one of ${styles.join(', ')}.`
  return undefined
}
