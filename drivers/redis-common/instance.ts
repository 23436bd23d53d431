import { FiberWorkError } from '../../src/contract/index.ts'
import { defaultPort, type IoredisOptions, nodeOf, type Target, targetOf } from './target.ts'

/** A `Redis` or `Cluster` of the user: only its options are looked at. */
export interface IoredisInstance {
  readonly options: object
  readonly isCluster?: boolean
  duplicate(...given: never[]): unknown
}

export function isInstance(given: object): given is IoredisInstance {
  return 'duplicate' in given && typeof given.duplicate === 'function' && 'options' in given
}

/** Where an instance leads. Its `keyPrefix` becomes ours: ioredis would put it before the one key it sees, and our scripts name others. */
export function targetOfInstance(instance: IoredisInstance): { target: Target; keyPrefix?: string } {
  const { keyPrefix, ...options } = instance.options as IoredisOptions
  const own = typeof keyPrefix === 'string' && keyPrefix !== '' ? { keyPrefix } : {}
  if (instance.isCluster !== true) return { target: targetOf(options), ...own }
  const nodes = 'startupNodes' in instance && Array.isArray(instance.startupNodes) ? instance.startupNodes : []
  if (nodes.length === 0)
    throw new FiberWorkError('FW_CONFIG_INVALID', 'The Cluster that was given has no start-up nodes.')
  const { keyPrefix: inner, ...each } = (options['redisOptions'] ?? {}) as IoredisOptions
  const nat = options['natMap'] === undefined || options['natMap'] === null ? {} : { natMap: options['natMap'] }
  const target = targetOf(
    { ...each, ...nat },
    nodes.map((node) => nodeOf(node, defaultPort.cluster)),
  )
  return { target, ...(typeof inner === 'string' && inner !== '' && { keyPrefix: inner }), ...own }
}
