import type { StoredJob } from '../../src/contract/index.ts'

/** The rare fields of a job in one JSON column; null, and nothing to parse, for most jobs. */
export interface Extra {
  unique?: NonNullable<StoredJob['unique']>
  tags?: string[]
  headers?: Record<string, string>
}

export function extraOf({ unique, tags, headers }: StoredJob): string | null {
  if (unique === undefined && tags === undefined && headers === undefined) return null
  return JSON.stringify({ unique, tags, headers })
}

/**
 * What `extraOf` has written. Somebody else may have written there since: what is none of these fields is left out, so that a job without
 * its tags does not hold up all that lie beside it.
 */
export function extraIn(text: string | null): Extra {
  if (text === null) return {}
  const found = parsed(text)
  return {
    ...(isUnique(found['unique']) && { unique: found['unique'] }),
    ...(isTexts(found['tags']) && Array.isArray(found['tags']) && { tags: found['tags'] as string[] }),
    ...(isTexts(found['headers']) &&
      !Array.isArray(found['headers']) && { headers: found['headers'] as Record<string, string> }),
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function isUnique(value: unknown): value is NonNullable<StoredJob['unique']> {
  if (typeof value !== 'object' || value === null) return false
  const { key, mode, forMs } = value as Record<string, unknown>
  return (
    typeof key === 'string' &&
    (mode === 'keep' || mode === 'replace') &&
    (forMs === undefined || typeof forMs === 'number')
  )
}

const isTexts = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string')
