/**
 * - `enter`: know as whom one is known; whoever has a token may.
 * - `see`: counts, lists, workers, without any payload.
 * - `submit`: enqueue jobs.
 * - `collect`: the state and the result of a job whose id one knows.
 * - `inspect`: inputs, results and logs, with secrets masked.
 * - `act`: retry, cancel, pause, run again, run a schedule, bulk actions.
 * - `manage`: remove for good, set limits and schedules, see secrets, tokens, the audit log.
 */
export const rights = ['enter', 'see', 'submit', 'collect', 'inspect', 'act', 'manage'] as const
export type Right = (typeof rights)[number]

export const roles = ['read', 'enqueue', 'operate', 'admin'] as const
export type Role = (typeof roles)[number]

const ofRole: Record<Role, readonly Right[]> = {
  read: ['enter', 'see'],
  enqueue: ['enter', 'submit', 'collect'],
  operate: ['enter', 'see', 'submit', 'collect', 'inspect', 'act'],
  admin: rights,
}

export function rightsOf(role: Role): readonly Right[] {
  return ofRole[role]
}

export function mayDo(role: Role, right: Right): boolean {
  return ofRole[role].includes(right)
}

/** Who may, as a refusal says it. */
export function rolesWith(right: Right): Role[] {
  return roles.filter((role) => mayDo(role, right))
}
