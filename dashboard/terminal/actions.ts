import { FiberWorkError } from '../../src/contract/errors.ts'
import type { DashboardSource } from '../../src/contract/dashboard.ts'
import { redactUrls } from '../../src/base/text.ts'
import { count } from '../model/format.ts'
import type { Tone } from './line.ts'
import type { Command } from './view.ts'

export interface Said {
  text: string
  tone: Tone
  /** The job that is no longer where it was listed. */
  gone?: string
}

const answers: Record<string, Said> = {
  retried: { text: 'runs again, from its first attempt', tone: 'blue' },
  waiting: { text: 'it waits already', tone: 'text' },
  running: { text: 'it runs', tone: 'text' },
  duplicate: { text: 'another job holds its unique key', tone: 'orange' },
  unknown: { text: 'the store does not know it any more', tone: 'orange' },
  cancelled: { text: 'cancelled', tone: 'blue' },
  cancelling: { text: 'its worker is told to cancel it', tone: 'blue' },
  settled: { text: 'it has ended already', tone: 'text' },
  removed: { text: 'dropped', tone: 'blue' },
}

/** Does what a key asked for, at the source, and says what became of it. Never rejects. */
export async function carryOut(
  source: DashboardSource,
  command: Exclude<Command, { do: 'quit' | 'inspect' }>,
): Promise<Said> {
  try {
    return await ask(source, command)
  } catch (error) {
    return { text: `${command.do} failed: ${errorText(error)}`, tone: 'red' }
  }
}

async function ask(source: DashboardSource, command: Exclude<Command, { do: 'quit' | 'inspect' }>): Promise<Said> {
  switch (command.do) {
    case 'pause':
      await source.pause(command.queue)
      return {
        text: `${command.queue ?? 'all queues of this worker'} paused; what runs goes on, space resumes`,
        tone: 'orange',
      }
    case 'resume':
      await source.resume(command.queue)
      return { text: `${command.queue ?? 'all queues of this worker'} resumed`, tone: 'blue' }
    case 'concurrency':
      await source.setConcurrency(command.value)
      return { text: `concurrency ${count(command.value)}`, tone: 'blue' }
    case 'retry':
    case 'remove':
    case 'cancel': {
      const [answer = 'unknown'] = await source[command.do]([command.id])
      const said = answers[answer] ?? { text: answer, tone: 'text' as const }
      const gone = ['retried', 'removed', 'unknown'].includes(answer) ? { gone: command.id } : {}
      return { text: `${command.id}: ${said.text}`, tone: said.tone, ...gone }
    }
  }
}

/** One line about an error: its code where it has one, and its message without any password. */
export function errorText(error: unknown): string {
  if (error instanceof FiberWorkError) return `${error.code}: ${redactUrls(error.message)}`
  return redactUrls(error instanceof Error ? error.message : String(error))
}
