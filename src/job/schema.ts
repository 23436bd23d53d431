import type { StandardSchemaV1 } from '@standard-schema/spec'
import { FiberWorkError } from '../contract/errors.ts'

export type Schema<In = unknown, Out = In> = StandardSchemaV1<In, Out>

/** A schema that lets everything through: for inputs that are typed but not checked. */
export function unchecked<T>(): Schema<T, T> {
  return { '~standard': { version: 1, vendor: 'fiber-work', validate: (value) => ({ value: value as T }) } }
}

/** The value as the schema gives it back, or a promise of it. Throws `FW_INPUT_INVALID` with each problem and its path. */
export function validate<Out>(schema: Schema<unknown, Out>, value: unknown, job: string): Out | Promise<Out> {
  const answer = schema['~standard'].validate(value)
  return answer instanceof Promise ? answer.then((late) => accepted(late, job)) : accepted(answer, job)
}

function accepted<Out>(answer: StandardSchemaV1.Result<Out>, job: string): Out {
  if (answer.issues === undefined) return answer.value
  const problems = answer.issues.slice(0, 10).map((issue) => `${pathOf(issue)}: ${issue.message}`)
  throw new FiberWorkError('FW_INPUT_INVALID', `The input of "${job}" is not valid. ${problems.join('; ')}`)
}

function pathOf(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  // In quotes of code: what follows is said of a field, and is not its value (src/base/secrets.ts).
  return path.length === 0 ? '(input)' : `\`${path.join('.')}\``
}
