import { FiberWorkError } from '../../src/contract/index.ts'
import type { Link } from './link.ts'

/** Rises when an older release could not work with what this one writes. */
const format = 1

/** Make the store ours, or refuse one that a newer release has written. */
export async function prepareFormat(link: Link): Promise<void> {
  const key = `${link.prefix}format`
  const stored = await link.command('GET', key)
  if (stored === null || stored === undefined) {
    await link.command('SET', key, String(format), 'NX')
    return
  }
  const found = Number(stored)
  if (!Number.isSafeInteger(found)) {
    throw new FiberWorkError(
      'FW_STORE_CORRUPT',
      `The key ${key} holds no format number: somebody else writes under this prefix.`,
    )
  }
  if (found > format) {
    throw new FiberWorkError(
      'FW_STORE_NEWER',
      `${link.prefix}: written by a newer fiber-work (format ${found}); this one understands up to format ${format}.`,
    )
  }
}
