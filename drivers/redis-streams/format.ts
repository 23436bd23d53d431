import { FiberWorkError } from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

/** Rises when an older release could not work with what this one writes. */
const format = 1

const script = loadScript('prepare')

/**
 * Make the prefix ours, or refuse one that a newer release has written.
 * @throws FW_STORE_CORRUPT FW_STORE_NEWER
 */
export async function prepareFormat(link: Link): Promise<void> {
  const stored = (await link.run(script, [`streams ${format}`])) as string
  const found = Number(/^streams (\d{1,9})$/.exec(stored)?.[1])
  if (!Number.isSafeInteger(found)) {
    throw new FiberWorkError(
      'FW_STORE_CORRUPT',
      `The key ${link.prefix}format holds no format of streams: something else lives under this prefix (redis:// perhaps). Give another prefix.`,
    )
  }
  if (found > format) {
    throw new FiberWorkError(
      'FW_STORE_NEWER',
      `${link.prefix}: written by a newer fiber-work (format ${found}); this one understands up to format ${format}.`,
    )
  }
}
