import { Frames, partsOf, type Protocol } from './protocol.ts'

/** The protocol of Redis: each request and each reply is one value. */
export const resp: Protocol = () => {
  const [requests, replies] = [new Frames((bytes) => endOf(bytes, 0)), new Frames((bytes) => endOf(bytes, 0))]
  return {
    fromClient: (chunk) => partsOf(requests.feed(chunk), () => true),
    fromServer: (chunk) => partsOf(replies.feed(chunk), () => true),
  }
}

const [bulk, verbatim, blobError, array, set, push, map] = ['$', '=', '!', '*', '~', '>', '%'].map((c) =>
  c.charCodeAt(0),
)

/** Where the value that begins at `from` ends; −1 where it is not whole yet. */
function endOf(bytes: Buffer, from: number): number {
  const line = bytes.indexOf('\r\n', from)
  if (line < 0) return -1
  const kind = bytes[from]
  const count = Number(bytes.toString('latin1', from + 1, line))
  let end = line + 2
  if (kind === bulk || kind === verbatim || kind === blobError) {
    if (count >= 0) end += count + 2
    return end <= bytes.length ? end : -1
  }
  const items = kind === array || kind === set || kind === push ? count : kind === map ? 2 * count : 0
  for (let item = 0; item < items && end >= 0; item++) end = endOf(bytes, end)
  return end
}
