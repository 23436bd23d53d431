import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { type Link, openLink } from '../../drivers/redis/link.ts'
import type { RedisOptions } from '../../drivers/redis/options.ts'
import type { Script } from '../../drivers/redis/script.ts'

/** A link that is open, and closed when the test has finished. */
export async function opened(options: RedisOptions): Promise<Link> {
  const link = openLink(options)
  await link.open()
  onTestFinished(() => link.close())
  return link
}

export const trial = (text: string): Script => ({
  name: 'trial',
  text,
  sha: createHash('sha1').update(text).digest('hex'),
})
