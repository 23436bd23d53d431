/** The text of an error, taken apart: what it says, and where it was. */
export interface ErrorText {
  /** `TypeError: x is not a function`, and whatever lines of it follow. */
  message: string
  frames: Frame[]
}

export interface Frame {
  /** `deliver (jobs/deliver.ts:12:5)`: without what all paths have in front. */
  text: string
  /** Of the user's own code: not of a package, and not of Node. */
  isOwn: boolean
}

const framesMax = 200
const frameLine = /^ {1,20}at (.*)$/

export function errorText(error: string): ErrorText {
  const lines = error.split('\n')
  const first = lines.findIndex((line) => frameLine.test(line))
  if (first < 0) return { message: error, frames: [] }
  // What follows the frames (a cause) is a message again, with frames of its own: all of it stays in order.
  const frames = lines
    .slice(first, first + framesMax)
    .filter((line) => line.trim() !== '')
    .map((line) => frameOf(line))
  return { message: lines.slice(0, first).join('\n'), frames }
}

const frameCharsMax = 400

function frameOf(line: string): Frame {
  const text = frameLine.exec(line)?.[1]?.slice(0, frameCharsMax)
  if (text === undefined) return { text: line.trim().slice(0, frameCharsMax), isOwn: true }
  const placeAt = text.endsWith(')') ? text.lastIndexOf('(') + 1 : text.lastIndexOf(' ') + 1
  const end = text.endsWith(')') ? ')' : ''
  const place = text.slice(placeAt, text.length - end.length)
  const isOwn = !place.includes('node_modules/') && !place.startsWith('node:') && !place.startsWith('<')
  return { text: `${text.slice(0, placeAt)}${shortPath(place)}${end}`, isOwn }
}

/** `file:///srv/app/releases/7/jobs/mail.ts:3:9` → `…/jobs/mail.ts:3:9`; of packages from their name on. */
function shortPath(path: string): string {
  const packageAt = path.lastIndexOf('node_modules/')
  if (packageAt >= 0) return path.slice(packageAt + 'node_modules/'.length)
  if (path.startsWith('node:')) return path
  const parts = path.split('/')
  return parts.length > 2 ? `…/${parts.slice(-2).join('/')}` : path
}
