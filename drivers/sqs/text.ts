/**
 * SQS takes text of XML's characters alone, and none that is empty. Anything else travels as a JSON string, escaped; characters beyond
 * U+FFFF too, because some of the servers that speak SQS's protocol refuse them.
 */

const refused = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/
const refusedAll = new RegExp(refused.source, 'g')

export const isFit = (text: string): boolean => text.length > 0 && !refused.test(text)

/** JSON whose every character SQS takes. */
export function toFitJson(value: unknown): string {
  const json = JSON.stringify(value)
  return refused.test(json) ? json.replace(refusedAll, escaped) : json
}

/** For people to read, where it need not come back: what SQS refuses is shown as escaped. */
export function legible(text: string, lengthMax: number): string {
  const fit = text.slice(0, lengthMax).replace(refusedAll, escaped)
  return fit === '' ? '-' : fit
}

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
