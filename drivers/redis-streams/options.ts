import { invalid, keyPart, placeOf, type ServerOptions, type Settings, timesOf } from '../redis-common/settings.ts'

export type { RedisServer } from '../redis-common/settings.ts'

export interface RedisStreamsOptions extends ServerOptions {
  /**
   * All keys begin with `{prefix}:`, so that they live on one node of a cluster: the stream of the queue `emails` is
   * `{fiber-work-streams}:queue:emails`. Default `fiber-work-streams`.
   */
  prefix?: string
}

const schemes = /^(rediss?)\+streams(\+(?:sentinel|cluster))?:/i

/** The same URLs as `redis://`, with `+streams` behind the scheme: `rediss+streams://`, `redis+streams+cluster://`. */
function withoutStreams(url: string): string {
  return url.replace(schemes, (_, scheme: string, form: string | undefined) => `${scheme}${form ?? ''}:`)
}

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: RedisStreamsOptions): Settings {
  const { redis } = options
  const { target, given, keyPrefix } = placeOf(typeof redis === 'string' ? withoutStreams(redis) : redis, ['prefix'])
  const prefix = options.prefix ?? given.prefix ?? 'fiber-work-streams'
  if (prefix === '') throw invalid('prefix is empty; leave it out for "fiber-work-streams".')
  return {
    target,
    prefix: `${keyPart('keyPrefix', keyPrefix ?? '')}{${keyPart('prefix', prefix)}}:`,
    ...timesOf(options),
  }
}
