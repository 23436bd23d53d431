import { redactUrl, redactUrls } from '../../base/text.ts'
import type { ContextProbe } from '../../contract/context-probe.ts'
import type { Finding } from '../../contract/finding.ts'
import type { KnownClient, Probe } from './clients/client.ts'
import { type Examined, examine, type ExamineOptions } from './examine.ts'
import { loadPackages } from './load.ts'
import { waysOf } from './styles.ts'
import { isKnown, type Target } from './targets.ts'

/** What was found out about one client. */
export interface ClientReport extends Partial<Examined> {
  client: string
  version?: string
  /** Without its password. */
  url?: string
  state: Finding['state']
  /** Why it was not looked at: it is not installed, or nobody says where its server is. */
  skipped?: string
}

/** Looks at one client. Undefined: it is not there, and nobody has asked for it. It never rejects. */
export async function reportOn(
  target: Target,
  folder: string,
  options: ExamineOptions,
): Promise<ClientReport | undefined> {
  const { client, name, url, asked } = target
  if (!isKnown(client)) return judged({ client: name }, target, await examine(ownProbe(client), options))
  try {
    const loaded = await loadPackages(client.packages, folder)
    if (loaded === undefined)
      return asked ? skipped(target, `it is not installed: npm install ${client.packages[0]}`) : undefined
    if (client.schemes.length > 0 && url === undefined) return skipped(target, whereIsIt(client))
    const probe = client.probe(loaded.modules, url ?? '', options.deadlineMs)
    const { version } = loaded
    const about = {
      client: name,
      ...(version !== undefined && { version }),
      ...(url !== undefined && { url: redactUrl(url) }),
    }
    // Asked about a style by name, nothing is excused.
    const avoidable = options.styles === undefined
    return judged(about, target, await examine(probe, { ...options, avoidable }))
  } catch (error) {
    return skipped(target, `it cannot be loaded: ${redactUrls(error instanceof Error ? error.message : String(error))}`)
  }
}

function ownProbe(probe: ContextProbe): Probe<unknown> {
  const { open, close } = probe.options
  return { open, close: (client) => close?.(client), ways: waysOf(probe) }
}

function skipped({ name, asked }: Target, why: string): ClientReport {
  return { client: name, state: asked ? 'fail' : 'ok', skipped: why }
}

function whereIsIt({ name, variables }: KnownClient): string {
  return `nobody says where its server is: set ${variables.join(' or ')}, or give --client ${name}=URL`
}

/** The worst of what was found; what could not be reached proves nothing, and fails where somebody has asked for it. */
function judged(about: Omit<ClientReport, 'state'>, { asked }: Target, examined: Examined): ClientReport {
  const states = examined.ways.map(({ state }) => state)
  const unproven = examined.error === undefined ? 'ok' : asked ? 'fail' : 'warn'
  const held = (examined.opened?.outside.held ?? 0) > 0 ? 'warn' : 'ok'
  const state = worst([...states, unproven, held])
  return { ...about, state, ...examined }
}

export function worst(states: readonly Finding['state'][]): Finding['state'] {
  if (states.includes('fail')) return 'fail'
  return states.includes('warn') ? 'warn' : 'ok'
}
