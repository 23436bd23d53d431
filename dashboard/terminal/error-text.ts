import { redactUrls } from '../../src/base/text.ts'

/** One line about an error: its code where it has one, and its message without any password. */
export function errorText(error: unknown): string {
  const { code } = error as { code?: unknown }
  const text = redactUrls(error instanceof Error ? error.message : String(error))
  return typeof code === 'string' && code.startsWith('FW_') ? `${code}: ${text}` : text
}

/** Why a tab has nothing to show, in a sentence that says what to do. */
export function whyNothing(error: unknown): string {
  const { code } = error as { code?: unknown }
  if (code === 'FW_DRIVER_TRAIT') return `This store cannot tell: ${errorText(error)}`
  if (code === 'FW_API_FORBIDDEN') return `Your token may not see this: ${errorText(error)}`
  return errorText(error)
}
