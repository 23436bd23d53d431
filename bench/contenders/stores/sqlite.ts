import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Place } from '../store.ts'

export async function open(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
  return {
    url: `sqlite:${join(folder, 'jobs.db')}`,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  }
}
