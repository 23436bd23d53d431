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

export function signedOut(): void {
  const { state } = session.peek()
  if (state !== 'out') session.value = { state: 'out', expired: state === 'in' }
}

const rights = {
  read: [],
  enqueue: ['submit'],
  operate: ['submit', 'inspect', 'act'],
  admin: ['submit', 'inspect', 'act', 'manage'],
} as const satisfies Record<Me['role'], readonly string[]>

/** `submit`: enqueue. `inspect`: sees payloads. `act`: retry, pause, cancel. `manage`: limits, schedules, removal, audit. A reader has none of them. */
export type Right = 'submit' | 'inspect' | 'act' | 'manage'

export function may(right: Right): boolean {
  const role = me.value?.role
  return role !== undefined && (rights[role] as readonly string[]).includes(right)
}
