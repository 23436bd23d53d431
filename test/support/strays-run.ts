import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Role } from './strays.ts'

export interface StraysPlan {
  kinds: string[]
  /** Of the servers that are there. */
  urls: Record<string, string>
}

/** What became of one kind of lost error, beside a hundred innocent jobs. */
export interface StrayStory {
  name: string
  blamed: { who: Role | undefined; sure: 'owner' | 'suspect'; origin: string }[]
  /** Errors that no running job owns, and who left them. */
  strays: { who: Role | undefined; origin: string }[]
  /** Rejections that were handled after all. */
  late: number
  condemned: boolean
  innocentsDone: number
  /** How the attempts of the guilty ended. */
  culprits: string[]
}

const main = fileURLToPath(new URL('strays-main.ts', import.meta.url))

/** In a process of their own, as in production. */
export async function loseErrors(plan: StraysPlan): Promise<Map<string, StrayStory>> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, JSON.stringify(plan)], { timeout: 100_000 })
  const stories = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StrayStory)
  return new Map(stories.map((story) => [story.name, story]))
}
