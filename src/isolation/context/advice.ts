import type { ContextStyle } from '../../contract/context-probe.ts'
import type { Finding } from '../../contract/finding.ts'
import type { Way } from './styles.ts'

export type ContextVerdict = 'kept' | 'lost' | 'bleeds' | 'failed'

/** What handlers are meant to use: they rely on it. */
const reliedOn: readonly ContextStyle[] = ['promise', 'pooled', 'stream']

/**
 * Bleeding fails the check, and so does a promise that loses its job; a callback that loses it is a warning. So is a callback or an
 * event of a client whose promises do keep it (`avoidable`): pg's and mysql2's always bleed, and few call them that way.
 */
export function stateOf(style: ContextStyle, verdict: ContextVerdict, avoidable: boolean): Finding['state'] {
  if (verdict === 'kept') return 'ok'
  if (reliedOn.includes(style)) return 'fail'
  return verdict === 'bleeds' && !avoidable ? 'fail' : 'warn'
}

const instead = new Map<ContextStyle, string>([
  [
    'promise',
    'something between the client and `await` replaces promises: look for a patched `Promise` or a library of its own',
  ],
  ['then', '`await` it: its own `.then` runs functions in a context of its own'],
  ['pooled', 'hold on to the job yourself: `const job = current()` before, and `job` after'],
  ['callback', 'use its promises, or give it `bind(callback)`'],
  ['event', 'listen with `bind(listener)`'],
  ['stream', 'read it with `for await` in the handler itself'],
])

export function adviceOn(way: Pick<Way<never>, 'style' | 'instead'>, verdict: ContextVerdict): string | undefined {
  return verdict === 'lost' || verdict === 'bleeds' ? (way.instead ?? instead.get(way.style)) : undefined
}
