import type * as z from 'zod'
import { redactText } from '../base/redact.ts'
import { plain } from '../base/text.ts'
import { isFiberWorkError } from '../contract/errors.ts'
import type { Api } from './api.ts'
import { demand } from './auth/caller.ts'
import type { AnyOperation, Asked } from './operation.ts'
import { InvalidRequest } from './problem.ts'

/** What came in, before anything is known of it. */
export interface Raw {
  params?: unknown
  query?: unknown
  body?: unknown
}

/** A request as an operation's schemas read it. Throws `FW_API_INVALID` with each place. */
export function checked(
  { params, query, body }: AnyOperation,
  raw: Raw,
): Pick<Asked<unknown, unknown, unknown>, 'params' | 'query' | 'body'> {
  return {
    params: read(params as z.ZodType | undefined, raw.params, 'path'),
    query: read(query as z.ZodType | undefined, raw.query, 'query'),
    body: read(body as z.ZodType | undefined, raw.body, 'body'),
  }
}

/** Throws `FW_API_INVALID` with each place. */
export function read(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) {
    const isEmpty =
      value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
    if (isEmpty || where === 'path') return undefined
    throw new InvalidRequest([{ path: where, message: `nothing is taken in the ${where}` }])
  }
  const answer = schema.safeParse(value)
  if (answer.success) return answer.data
  throw new InvalidRequest(
    answer.error.issues.slice(0, 50).map(({ path, message }) => ({
      path: plain([where, ...path].map(String).join('.').slice(0, 200)),
      message: redactText(plain(message.slice(0, 300))),
    })),
  )
}

/** Does what was asked, if the caller may, and writes down what an operator did or was refused. */
export async function perform(
  api: Api,
  operation: AnyOperation,
  asked: Asked<unknown, unknown, unknown>,
): Promise<unknown> {
  const details = operation.audit?.(asked as never)
  try {
    demand(asked.caller, operation.right)
    const answer: unknown = await operation.run(api, asked as never)
    if (details !== undefined) await api.audit.add(asked.caller, operation.id, details)
    return answer
  } catch (error) {
    if (details !== undefined) {
      await api.audit.add(asked.caller, operation.id, details, isFiberWorkError(error) ? error.code : 'FW_API_FAILED')
    }
    throw error
  }
}
