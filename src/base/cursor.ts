import { FiberWorkError } from '../contract/errors.ts'

/** The number that a cursor of a list holds. Throws `FW_CONFIG_INVALID` for a text that no list has given. */
export function placeIn(cursor: string): number {
  if (/^\d{1,16}$/.test(cursor)) return Number(cursor)
  throw noCursor()
}

export const noCursor = (): FiberWorkError =>
  new FiberWorkError('FW_CONFIG_INVALID', 'The cursor is none that a list of jobs has given.')
