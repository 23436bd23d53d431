import { FiberWorkError } from '../../src/contract/index.ts'
import type { Calls } from './calls.ts'
import { isReply } from './errors.ts'

/** What the server is like, as far as it tells. */
export interface ServerFacts {
  /** `Redis` or `Valkey`. */
  name: string
  /** `7.0.15`; `unknown` where it may not be asked. */
  version: string
  /** What an acknowledged job survives (see `DriverTraits`). */
  durable: 'process' | 'system' | 'power'
  /** It may throw our keys away when its memory is full. */
  evicts: boolean
  cluster: boolean
  /** For whoever runs it: each is a sentence that says what to do. */
  warnings: string[]
}

/** What a driver tries in a script, and on which key: where it fails, the server, or the user there, is none for it. */
export type Try = readonly [text: string, key: string]

/**
 * Asks the server what it is like, and tries what we cannot do without.
 * @throws FW_STORE_FAILED and what else the server says no with
 */
export async function factsOf(calls: Calls, prefix: string, tries: readonly Try[] = []): Promise<ServerFacts> {
  const [info, config] = await Promise.all([infoOf(calls), configOf(calls)])
  const facts = judge(info, config)
  await calls.command('EVAL', 'return 1', 1, prefix)
  for (const [text, key] of tries) await calls.command('EVAL', text, 1, key)
  return facts
}

const asked = ['maxmemory-policy', 'appendonly', 'appendfsync', 'no-appendfsync-on-rewrite']

/** Undefined where it is forbidden: managed services and careful administrators do. */
async function configOf(calls: Calls): Promise<Record<string, string> | undefined> {
  const answer = await unlessForbidden(calls.command('CONFIG', 'GET', ...asked))
  if (!Array.isArray(answer) || answer.length === 0) return undefined
  return Object.fromEntries(answer.flatMap((name, i) => (i % 2 === 0 ? [[String(name), String(answer[i + 1])]] : [])))
}

async function infoOf(calls: Calls): Promise<Record<string, string>> {
  const text = await unlessForbidden(calls.command('INFO'))
  if (typeof text !== 'string') return {}
  return Object.fromEntries([...text.matchAll(/^([\w-]+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]))
}

async function unlessForbidden(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    const refused = error instanceof FiberWorkError && error.code === 'FW_STORE_FAILED' && isReply(error.cause)
    if (refused && /^(?:NOPERM|ERR)\b/.test((error.cause as Error).message)) return undefined
    throw error
  }
}

/** What is told of the server, weighed. */
export function judge(info: Record<string, string>, config: Record<string, string> | undefined): ServerFacts {
  const valkey = info['valkey_version']
  const version = valkey ?? info['redis_version'] ?? 'unknown'
  if (valkey === undefined && Number.parseInt(version, 10) < 7) {
    throw new FiberWorkError(
      'FW_CONNECT_FAILED',
      `The server is Redis ${version}; fiber-work needs Redis 7.0 or newer, or Valkey.`,
      { retryable: false },
    )
  }
  const warnings: string[] = []
  const policy = config?.['maxmemory-policy'] ?? info['maxmemory_policy']
  if (version === 'unknown')
    warnings.push('This user may not ask for INFO: the version and the settings of the server are not known.')
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `The server's maxmemory-policy is ${policy}: it throws JOBS AWAY when its memory is full. Set it to noeviction.`,
    )
  }
  if (policy === undefined) warnings.push('The maxmemory-policy of the server is not known; it must be noeviction.')
  return {
    name: valkey === undefined ? 'Redis' : 'Valkey',
    version,
    durable: durableOf(info, config, warnings),
    evicts: policy !== undefined && policy !== 'noeviction',
    cluster: info['cluster_enabled'] === '1' || info['redis_mode'] === 'cluster',
    warnings,
  }
}

function durableOf(
  info: Record<string, string>,
  config: Record<string, string> | undefined,
  warnings: string[],
): ServerFacts['durable'] {
  const logs = config === undefined ? info['aof_enabled'] === '1' : config['appendonly'] === 'yes'
  if (!logs) {
    const known = config !== undefined || info['aof_enabled'] !== undefined
    warnings.push(
      known
        ? 'The server keeps no log (appendonly no): when it ends, jobs since its last snapshot are lost. Set appendonly yes.'
        : 'Whether the server keeps its data on disk is not known; assume that a restart of it loses jobs.',
    )
    return 'process'
  }
  if (config === undefined) return 'system'
  const { appendfsync } = config
  if (appendfsync === 'no') {
    warnings.push(
      'The server leaves writing to the operating system (appendfsync no): a crash of the machine takes up to half a minute of jobs.',
    )
  }
  // While it rewrites its log it does not wait for the disk either, if told so.
  return appendfsync === 'always' && config['no-appendfsync-on-rewrite'] !== 'yes' ? 'power' : 'system'
}
