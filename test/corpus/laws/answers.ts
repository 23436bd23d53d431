import { errorCodes } from '../../../src/contract/errors.ts'
import { leaked } from './canaries.ts'
import type { Answer } from '../doors/http.ts'

const answerCharsMax = 500_000

/** The laws of every answer of the API, whatever was asked. Throws what is broken. */
export function lawful({ status, headers, body }: Answer): void {
  const refused = status >= 400
  if (status >= 500 && status !== 501 && status !== 503) throw new Error(`${status} ${body.slice(0, 300)}`)
  if (status < 200 || (status >= 300 && status < 400)) throw new Error(`${status}`)
  if (body.length > answerCharsMax) throw new Error(`an answer of ${body.length} characters`)
  const secrets = leaked(body + JSON.stringify(headers))
  if (secrets.length > 0) throw new Error(`the answer tells ${secrets.join(', ')}`)
  if (/\bat .{0,200}\.(?:ts|js):\d+/.test(body)) throw new Error(`the answer has a stack: ${body.slice(0, 300)}`)
  if (refused && body !== '') lawfulProblem(status, headers, body)
}

function lawfulProblem(status: number, headers: Answer['headers'], body: string): void {
  // What a job has come to is also told as 404 when nothing is known of it.
  if (status === 404 && String(headers['content-type']).startsWith('application/json')) return void JSON.parse(body)
  if (!String(headers['content-type']).startsWith('application/problem+json'))
    throw new Error(`${status} as ${String(headers['content-type'])}: ${body.slice(0, 200)}`)
  const problem = JSON.parse(body) as { code: string; status: number; detail: string }
  if (!(problem.code in errorCodes) || problem.status !== status) throw new Error(`${status}: ${body.slice(0, 200)}`)
  if (/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(problem.detail))
    throw new Error(`control characters in ${JSON.stringify(problem.detail)}`)
  if (problem.detail.length > 5_000) throw new Error(`a detail of ${problem.detail.length} characters`)
}
