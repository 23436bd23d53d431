import type * as z from 'zod'
import type { Api } from './api.ts'
import type { Caller } from './auth/caller.ts'
import type { Right } from './auth/roles.ts'

/** A request that was checked: what an operation gets. */
export interface Asked<Params, Query, Body> {
  params: Params
  query: Query
  body: Body
  caller: Caller
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal
  /** The few headers that mean something to an operation, by their names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
}

type Out<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/**
 * One thing that can be asked of a store from outside: by HTTP, and in the very same way by the command line, which calls it without a server.
 * Its schemas check requests, describe them in OpenAPI, and type the client.
 */
export interface Operation<
  Params extends z.ZodType | undefined = z.ZodType | undefined,
  Query extends z.ZodType | undefined = z.ZodType | undefined,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
  Answer extends z.ZodType = z.ZodType,
> {
  /** `operationId` in OpenAPI, and the name in the audit log. */
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With its parameters in braces: `/v1/jobs/{id}`. */
  path: string
  /** Under which heading it stands in the reference. */
  tag: string
  /** What a caller must be allowed to. */
  right: Right
  summary: string
  description?: string
  params?: Params
  query?: Query
  body?: Body
  answer: Answer
  /** The HTTP status of an answer; 200 by default. */
  statusOf?: (answer: z.output<Answer>) => number
  /** Which ones that may be, for the reference; 200 alone by default. */
  statuses?: readonly number[]
  /** Largest body in bytes, where it is not the server's default. */
  bodyBytesMax?: number
  /** Somebody did something: what of the request is written down beside who and when; undefined for nothing. */
  audit?: (asked: Asked<Out<Params>, Out<Query>, Out<Body>>) => Record<string, unknown> | undefined
  run: (api: Api, asked: Asked<Out<Params>, Out<Query>, Out<Body>>) => Promise<z.input<Answer>>
}

/** Any operation, when the types of its schemas do not matter. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyOperation = Operation<any, any, any, any>

/** States an operation; its types are inferred from its schemas. */
export function operation<
  Answer extends z.ZodType,
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(spec: Operation<Params, Query, Body, Answer>): Operation<Params, Query, Body, Answer> {
  return spec
}
