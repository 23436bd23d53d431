import type { Env } from '../base/env.ts'
import { redactUrl } from '../base/text.ts'
import { DbOutbox } from '../outbox/outbox.ts'
import { createDb, Db } from '../../facades/db/index.ts'

/** It writes in transactions of the user's; what it needs for itself is little. */
const poolMax = 2

/**
 * The outbox for the store of this URL, in a database of the process's `Db` (`true`) or of a URL; undefined for `false`. Throws what `Db`
 * throws, `FW_CONFIG_INVALID`, `FW_CONNECT_FAILED`.
 */
export async function openOutbox(where: string | boolean, storeUrl: string, env: Env): Promise<DbOutbox | undefined> {
  if (where === false || where === 'false') return undefined
  const target = targetOf(storeUrl)
  if (where === true || where === 'true') return DbOutbox.open({ env, db: Db, target })
  const db = createDb({ connections: { default: { url: where, poolMax } }, env })
  try {
    return await DbOutbox.open({ env, db, target, end: () => db.close() })
  } catch (error) {
    await db.close()
    throw error
  }
}

/**
 * The broker by its URL, without who asks: all who mean the same one call it the same. Its parameters are part of it: a prefix makes
 * another store.
 */
function targetOf(url: string): string {
  return redactUrl(url)
    .replace(/#.*$/s, '')
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
}
