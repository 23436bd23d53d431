import { FiberWorkError } from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

export interface AuditReport {
  checked: number
  repaired: number
  cursor?: string
}

/** One after the other; each in bounded pieces, and each on what the ones before it have put in order. */
const parts = ['jobs', 'queues', 'lines', 'lost', 'recount', 'keys'].map((part) => loadScript(`audit-${part}`))
const begin = loadScript('audit-begin')

type Reply = [next: string, checked: number, repaired: number]

/**
 * One piece of an audit. First what each job says of itself and what each queue counts are compared; only where that does not
 * add up the lists are read, and jobs that stand in none of them are lined up again. A cursor is the audit's name, which part of
 * it comes next, and from where.
 */
export async function audit(link: Link, cursor: string | undefined): Promise<AuditReport> {
  if (cursor === undefined) {
    const [name, checked, repaired] = (await link.run(begin, [''])) as Reply
    return { checked, repaired, cursor: `0 ${name} 0` }
  }
  const [, at = '', name = '', from = ''] = /^(\d+) (\S+) (.*)$/s.exec(cursor) ?? []
  const part = parts[Number(at)]
  if (at === '' || part === undefined) throw new FiberWorkError('FW_CONFIG_INVALID', 'This is no cursor of an audit.')
  const [next, checked, repaired] = (await link.run(part, [name, from])) as Reply
  if (next !== '') return { checked, repaired, cursor: `${at} ${name} ${next}` }
  const following = Number(at) + 1
  return following === parts.length ? { checked, repaired } : { checked, repaired, cursor: `${following} ${name} 0` }
}
