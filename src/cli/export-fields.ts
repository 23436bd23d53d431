import type { JobView } from '../api/schemas/job.ts'
import { nearest } from '../base/nearest.ts'
import { FiberWorkError } from '../contract/errors.ts'

export interface Field {
  /** As it was asked for: `input.user.id`. */
  name: string
  of: (job: JobView) => unknown
}

const plainNames = [
  'id',
  'name',
  'queue',
  'state',
  'priority',
  'attempts',
  'crashes',
  'group',
  'tags',
  'session',
  'error',
  'failures',
  'damage',
  'encrypted',
] as const
const moments = ['enqueuedAt', 'dueAt', 'startedAt', 'settledAt'] as const
/** What is below them may be asked for by a path. */
const deep = ['input', 'result', 'progress', 'headers', 'unique'] as const
const known: readonly string[] = [...plainNames, ...moments, ...deep]

/** Throws `FW_CONFIG_INVALID` for what no job has. */
export function fieldsOf(text: string | undefined): Field[] | undefined {
  return text?.split(',').map((part) => fieldOf(part.trim()))
}

function fieldOf(name: string): Field {
  const [top = '', ...path] = name.split('.')
  if (known.includes(top) && (path.length === 0 || (deep as readonly string[]).includes(top)))
    return { name, of: (job) => below(job, [top, ...path]) }
  const near = nearest(top, known)
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `--fields has ${JSON.stringify(name)}; ${near === undefined || near === top ? `known are ${known.join(', ')}, and paths into ${deep.join(', ')}.` : `did you mean ${near}?`}`,
  )
}

function below(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return at
}
