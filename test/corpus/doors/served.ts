import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type ServedOptions, type ServedStore, serveStore } from '../../support/api.ts'
import type { AnyHandler } from '../../../src/job/definition.ts'
import { Asker } from './http.ts'
import { lawful } from '../laws/answers.ts'
import { type Ask, runAll } from '../laws/calm.ts'
import type { Answer, Asking } from './http.ts'

const token = 'corpus-admin-token-0123456789'

export interface Door extends ServedStore {
  asker: Asker
  /** Asks all of it, and holds each answer against the laws. Answers how many it were. */
  askAll(asks: readonly { what: string; asking: Asking; check?: (answer: Answer) => void }[]): Promise<number>
  ask(asking: Asking): Promise<Answer>
}

/** A store with its API, open to any name, and somebody at the door who may do everything. */
export async function door(handlers: AnyHandler[] = [], options: ServedOptions = {}): Promise<Door> {
  const failures: unknown[] = []
  const served = await serveStore(handlers, {
    open: true,
    storeUrl: `sqlite:${join(ownFolder(), 'jobs.db')}`,
    failed: (error) => void failures.push(error),
    tokens: [{ name: 'corpus', role: 'admin', sha256: createHash('sha256').update(token).digest('hex') }],
    ...options,
  })
  const asker = new Asker(served.url, { authorization: `Bearer ${token}` })
  onTestFinished(() => asker.end())
  return {
    ...served,
    asker,
    ask: (asking) => asker.ask(asking),
    async askAll(asks) {
      const { runs, broken } = await runAll(
        asks.map(({ what, asking, check }): Ask<Answer> => ({
          what,
          run: () => asker.ask(asking),
          check(answer) {
            lawful(answer)
            check?.(answer)
          },
        })),
      )
      expect(broken.slice(0, 40)).toEqual([])
      expect(failures.map(String)).toEqual([])
      expect(Object.keys(Object.prototype)).toEqual([])
      const alive = await asker.ask({ method: 'GET', path: '/v1/queues' })
      expect(alive.status, alive.body).toBe(200)
      return runs
    },
  }
}

/** A folder of this test alone: in memory where the machine has that, since nothing here is about a disk. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fiber-work-corpus-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
