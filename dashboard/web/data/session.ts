import { computed, signal } from '@preact/signals'
import type { ApiClient } from '../../../src/client.ts'

export type Me = Awaited<ReturnType<ApiClient['access']['whoami']>>

type Session =
  | { state: 'asking' }
  | { state: 'in'; me: Me }
  /** `expired`: one was in before. */
  | { state: 'out'; expired: boolean }

/** Who is at the page. */
export const session = signal<Session>({ state: 'asking' })

export const me = computed(() => (session.value.state === 'in' ? session.value.me : undefined))

export function signedIn(who: Me): void {
  session.value = { state: 'in', me: who }
}

/** The session is over. `expired` when nobody asked for that: it is said on the login then, if one was in. */
export function signedOut({ expired }: { expired: boolean }): void {
  const { state } = session.peek()
  if (state !== 'out') session.value = { state: 'out', expired: expired && state === 'in' }
}

export type Right = Me['rights'][number]

/** Whether what one sees may have payloads (`inspect`) or buttons (`act`, `manage`). */
export function may(right: Right): boolean {
  return me.value?.rights.includes(right) === true
}

/** Whether one is known not to have it: while it is still asked who one is, nobody lacks anything. */
export function lacks(right: Right): boolean {
  return me.value !== undefined && !may(right)
}
