/** A piece of what one side says; `ends`: a request, or a reply, is whole with it. */
export interface Part {
  bytes: Buffer
  ends: boolean
}

/** What is said over one connection, cut into requests and replies: the nth reply that ends belongs to the nth request that ended. */
export interface Dialogue {
  fromClient(chunk: Buffer): Part[]
  fromServer(chunk: Buffer): Part[]
}

/** How to understand what goes through a connection, unencrypted: each has a dialogue of its own. */
export type Protocol = () => Dialogue

/** Cuts a stream into whole messages, byte for byte. */
export class Frames {
  readonly #endOf: (bytes: Buffer) => number
  #rest: Buffer = Buffer.alloc(0)

  /** `endOf`: where the first message of these bytes ends; −1 where it is not whole yet. */
  constructor(endOf: (bytes: Buffer) => number) {
    this.#endOf = endOf
  }

  feed(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Buffer[] = []
    for (let end = this.#endOf(this.#rest); end >= 0; end = this.#endOf(this.#rest)) {
      frames.push(this.#rest.subarray(0, end))
      this.#rest = this.#rest.subarray(end)
    }
    return frames
  }
}

/** Messages as parts, as few as there can be: those that end nothing go with what follows them. */
export function partsOf(messages: readonly Buffer[], ends: (message: Buffer) => boolean): Part[] {
  const parts: Part[] = []
  let open: Buffer[] = []
  for (const message of messages) {
    open.push(message)
    if (!ends(message)) continue
    parts.push({ bytes: Buffer.concat(open), ends: true })
    open = []
  }
  if (open.length > 0) parts.push({ bytes: Buffer.concat(open), ends: false })
  return parts
}
