import { FiberWorkError } from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

/** Rises when an older release could not work with what this one writes. */
const format = 1

const script = loadScript('prepare')

/**
 * Make the store ours, or refuse one that a newer release has written, or that is divided otherwise. `shards` says how it is
 * divided: a number, or `0/3` for the first of three.
 * @throws FW_STORE_CORRUPT FW_STORE_NEWER FW_CONFIG_INVALID
 */
export async function prepareFormat(link: Link, shards = '1'): Promise<void> {
  const [stored, divided] = (await link.run(script, [format, shards])) as [string, string]
  const found = Number(stored)
  if (!Number.isSafeInteger(found)) {
    throw new FiberWorkError(
      'FW_STORE_CORRUPT',
      `The key ${link.prefix}format holds no format number: somebody else writes under this prefix.`,
    )
  }
  if (found > format) {
    throw new FiberWorkError(
      'FW_STORE_NEWER',
      `${link.prefix}: written by a newer fiber-work (format ${found}); this one understands up to format ${format}.`,
    )
  }
  if (divided !== shards) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `${link.prefix} is ${told(divided)}, and not ${told(shards)}: jobs would be looked for where they are not. Give the number of shards that the installation was made with, or another installation (docs/sharding.md).`,
    )
  }
}

function told(shards: string): string {
  const [index, count] = shards.split('/')
  if (count !== undefined) return `shard ${index} of an installation of ${count} shards`
  return shards === '1' ? 'an installation without shards' : `an installation of ${shards} shards`
}
