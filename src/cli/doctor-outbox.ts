import { formatDuration } from '../base/duration.ts'
import { systemEnv } from '../base/env.ts'
import { redactText } from '../base/redact.ts'
import { plain } from '../base/text.ts'
import type { Settings } from '../config/options.ts'
import type { Finding } from '../contract/finding.ts'
import type { OutboxState } from '../contract/outbox.ts'
import { showCount } from './time.ts'

/** A relay that works has nothing left of that age. */
const oldMs = 60_000

/** How the outbox stands, where one is configured. It is looked at, and nothing is handed on. */
export async function outboxChecks({ outbox: where, url }: Settings): Promise<Finding[]> {
  if (where === undefined) return []
  const { openOutbox } = await import('../connect/outbox.ts')
  try {
    const outbox = await openOutbox(where, url, systemEnv)
    if (outbox === undefined) return []
    try {
      return [outboxFinding(await outbox.state())]
    } finally {
      await outbox.close()
    }
  } catch (error) {
    const text = `the outbox cannot be read: ${error instanceof Error ? error.message : String(error)}`
    return [{ name: 'outbox', state: 'fail', text: plain(redactText(text)) }]
  }
}

export function outboxFinding(state: OutboxState): Finding {
  const { waiting, oldestMs = 0, aside, target } = state
  const stuck = oldestMs > oldMs
  const age = waiting === 0 ? '' : `, the oldest for ${formatDuration(Math.round(oldestMs))}`
  const left = aside === 0 ? '' : `; ${showCount(aside)} were set aside: read their \`error\` in fiber_work_outbox`
  const remedy = stuck ? '; is the broker up, and does a worker or client with this `outbox` and this URL run?' : ''
  return {
    name: 'outbox',
    state: stuck || aside > 0 ? 'warn' : 'ok',
    text: plain(`${showCount(waiting)} jobs for ${target} wait${age}${remedy}${left}`),
    data: state,
  }
}
