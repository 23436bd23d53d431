import type { Failure } from '../contract/job.ts'

/** So many failed attempts of a job are kept, the newest ones. */
export const failuresMax = 10
/** And no more than this in all; the newest one is kept whatever it has. */
export const failuresCharsMax = 65_536

/** One more failed attempt: older ones make room for it. */
export function withFailure(before: readonly Failure[] | undefined, failure: Failure): Failure[] {
  const all = [...(before ?? []), failure].slice(-failuresMax)
  let chars = all.reduce((sum, { error }) => sum + error.length, 0)
  while (all.length > 1 && chars > failuresCharsMax) chars -= all.shift()!.error.length
  return all
}

/** As stores of text hold them: a line each, `atMs,attempt,"error"`; the error as JSON has no line feed, NUL or lone surrogate. */
export function failureLine({ atMs, attempt, error }: Failure): string {
  return `${atMs},${attempt},${JSON.stringify(error)}`
}

export function failuresText(failures: readonly Failure[]): string {
  return failures.map(failureLine).join('\n')
}

export function failuresIn(text: string): Failure[] {
  return text.split('\n').map((line) => {
    const [atMs, attempt, error] = JSON.parse(`[${line}]`) as [number, number, string]
    return { atMs, attempt, error }
  })
}
