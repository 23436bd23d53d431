import { createHash } from 'node:crypto'
import { readFileSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Env, Timer } from '../base/env.ts'

/** An editor writes in steps, and a deployment in many: quiet for so long means that they are through. */
const quietMs = 500

/**
 * Tells when the text of a file is another one; answers the end of it. Its folder is watched, since many write a new file and put it in the
 * place of the old one. A file that is gone is not told of until there is one again.
 */
export function watchFile(env: Env, path: string, changed: () => void): () => void {
  let seen = digestOf(path)
  let timer: Timer | undefined
  const look = () => {
    const now = digestOf(path)
    if (now === undefined || now === seen) return
    seen = now
    changed()
  }
  const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
    if (name !== null && name !== basename(path)) return
    env.clearTimer(timer)
    timer = env.setTimer(look, quietMs, 'idle')
  })
  // A folder that is taken away cannot be watched any more; what was read from it goes on.
  watcher.on('error', () => {})
  return () => {
    env.clearTimer(timer)
    watcher.close()
  }
}

function digestOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    return undefined
  }
}
