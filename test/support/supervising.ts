import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { Supervisor } from '../../src/supervisor/supervisor.ts'
import type { Supervised } from './supervised.ts'

const script = fileURLToPath(new URL('supervised.ts', import.meta.url))

/** Pauses and deadlines are a hundredth of what they are; the minute that a process has to come up is not. */
export const quick: Env = {
  ...systemEnv,
  setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, delayMs === 60_000 ? delayMs : delayMs / 100, kind),
}

export interface Supervising {
  processes?: number
  api?: boolean
  env?: Env
  refusesReload?: string
}

/** A supervisor of processes without work; it is ended with the test. */
export function supervise(
  options: Supervised,
  { processes = 1, api = false, env = systemEnv, ...more }: Supervising = {},
) {
  const said: string[] = []
  const supervisor = new Supervisor({
    env,
    processes,
    api,
    script,
    args: [JSON.stringify(options)],
    terminal: false,
    quietStdout: true,
    say: (text) => void said.push(text),
    ...more,
  })
  onTestFinished(() => {
    supervisor.stop(2, 'the test is over')
    supervisor.kill()
  })
  return { supervisor, said }
}

/** The pids of the workers, by their places, once as many as that answer and none is missing. */
export async function pidsOf(supervisor: Supervisor, count: number): Promise<number[]> {
  return vi.waitFor(
    async () => {
      const { answers, missing } = await supervisor.ask('health', undefined)
      if (missing.length > 0 || answers.length !== count) throw new Error(`${answers.length} answer: ${missing.join()}`)
      return answers.toSorted((a, b) => a.process - b.process).map(({ pid }) => pid)
    },
    { timeout: 10_000 },
  )
}

/** Is there such a process? */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Where the API process says that it serves. */
export async function urlIn(said: readonly string[]): Promise<string> {
  return vi.waitFor(
    () => {
      const url = /http:\S+/.exec(said.findLast((text) => text.includes('http:')) ?? '')?.[0]
      if (url === undefined) throw new Error('nothing is served')
      return url
    },
    { timeout: 10_000 },
  )
}
