/** Cuts a stream of the Redis protocol into whole requests or whole replies, byte for byte. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0)

  feed(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Buffer[] = []
    for (let end = endOf(this.#rest, 0); end >= 0; end = endOf(this.#rest, 0)) {
      frames.push(this.#rest.subarray(0, end))
      this.#rest = this.#rest.subarray(end)
    }
    return frames
  }
}

const [bulk, verbatim, blobError, array, set, push, map] = ['$', '=', '!', '*', '~', '>', '%'].map((c) =>
  c.charCodeAt(0),
)

/** Where the frame that begins at `from` ends; −1 where it is not whole yet. */
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
