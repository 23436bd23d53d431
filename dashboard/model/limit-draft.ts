import type { LimitSettingsView } from '../../src/client.ts'

/** What is typed into a form of limits: texts, of which empty ones limit nothing. */
export interface LimitDraft {
  rates: RateDraft[]
  quotaJobs: string
  quotaPerMs: number
  concurrencyMax: string
  weight: string
  depthMax: string
}

export interface RateDraft {
  tokens: string
  perMs: number
  burst: string
}

export const emptyRate: RateDraft = { tokens: '', perMs: 1_000, burst: '' }

export function draftOf({ rates = [], quota, concurrencyMax, weight, depthMax }: LimitSettingsView): LimitDraft {
  const text = (value: number | undefined) => (value === undefined ? '' : String(value))
  return {
    rates: rates.map(({ tokens, perMs, burst }) => ({
      tokens: String(tokens),
      perMs,
      burst: burst === tokens ? '' : text(burst),
    })),
    quotaJobs: text(quota?.jobs),
    quotaPerMs: quota?.perMs ?? 86_400_000,
    concurrencyMax: text(concurrencyMax),
    weight: text(weight),
    depthMax: text(depthMax),
  }
}

/** The settings that a draft means, or what is wrong with it, in a sentence. */
export function settingsOf(draft: LimitDraft): LimitSettingsView | string {
  const wrong: string[] = []
  const number = (text: string, what: string, { least, whole }: { least: number; whole: boolean }) => {
    if (text.trim() === '') return undefined
    const value = Number(text)
    if (!Number.isFinite(value) || value < least || (whole && !Number.isInteger(value))) {
      wrong.push(
        `${what} is ${JSON.stringify(text)}: it has to be ${whole ? 'a whole number' : 'a number'}${least > 0 ? ' above 0' : ', 0 or more'}.`,
      )
    }
    return value
  }
  const anything = { least: Number.MIN_VALUE, whole: false }
  const amount = { least: 0, whole: true }
  const rates = draft.rates.flatMap(({ tokens, perMs, burst }) => {
    const flow = number(tokens, 'A rate', anything)
    const saved = number(burst, 'A burst', anything)
    return flow === undefined ? [] : [{ tokens: flow, perMs, ...(saved !== undefined && { burst: saved }) }]
  })
  const quotaJobs = number(draft.quotaJobs, 'The quota', amount)
  const concurrencyMax = number(draft.concurrencyMax, 'The concurrency', amount)
  const weight = number(draft.weight, 'The weight', anything)
  const depthMax = number(draft.depthMax, 'The depth', amount)
  if (wrong.length > 0) return wrong.join(' ')
  return {
    ...(rates.length > 0 && { rates }),
    ...(quotaJobs !== undefined && { quota: { jobs: quotaJobs, perMs: draft.quotaPerMs } }),
    ...(concurrencyMax !== undefined && { concurrencyMax }),
    ...(weight !== undefined && { weight }),
    ...(depthMax !== undefined && { depthMax }),
  }
}
