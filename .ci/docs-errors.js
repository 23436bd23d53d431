// docs/errors.md: the registry of error codes, and what HTTP makes of each.
import { statusOf } from '../src/api/problem.ts'
import { errorCodes } from '../src/contract/errors.ts'

export function errorsPage() {
  const entries = Object.entries(errorCodes).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const sections = entries.map(([code, { retryable, meaning, remedy }]) =>
    [
      `## ${code}`,
      '',
      meaning,
      '',
      `**What to do:** ${remedy}`,
      '',
      `**Retryable:** ${retryable ? 'yes' : 'no'}.${httpOf(code, retryable)}`,
      '',
    ].join('\n'),
  )
  return `# Error codes

<!-- Made by \`npm run docs\` from src/contract/{core,api,facade}-errors.ts and src/api/problem.ts: edit them there. -->

Every error that leaves fiber-work is a \`FiberWorkError\` with a \`code\`. Codes are API: they keep their meaning, messages may
change. *Retryable* says whether the same call may succeed later without anybody changing anything. *HTTP* is the status with which the
[HTTP API](http-api.md#errors) answers it; what has none here is answered with 503 if it is retryable, else with 500.

${sections.join('\n')}`
}

function httpOf(code, retryable) {
  const status = statusOf({ code, retryable })
  const isPlain = status === 500 || status === 503
  // What the client says when nobody answered is no answer.
  const isAnswer = code.startsWith('FW_API_') && code !== 'FW_API_UNREACHABLE'
  return isPlain && !isAnswer ? '' : ` **HTTP:** ${status}.`
}
