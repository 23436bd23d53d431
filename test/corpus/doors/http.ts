import { Agent, type IncomingHttpHeaders, request } from 'node:http'

/** A request as no client of ours would send it. */
export interface Asking {
  method: string
  /** As it goes out: encoded, or not. */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** One connection that is used again and again; `end` closes it. */
export class Asker {
  readonly #port: number
  readonly #headers: Record<string, string>
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 })

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#port = Number(new URL(url).port)
    this.#headers = headers
  }

  /** A stream of events is left as soon as it has begun. */
  ask({ method, path, headers, body }: Asking): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          method,
          path,
          // What may be refused before it was read ends its connection.
          agent: path.length > 8_000 || (body?.length ?? 0) > 500_000 ? false : this.#agent,
          headers: { ...this.#headers, ...headers },
        },
        (response) => {
          const { statusCode: status = 0, headers: told } = response
          const chunks: Buffer[] = []
          if (told['content-type']?.startsWith('text/event-stream') === true) {
            response.destroy()
            return resolve({ status, headers: told, body: '' })
          }
          response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
          response.on('end', () => resolve({ status, headers: told, body: Buffer.concat(chunks).toString('utf8') }))
        },
      )
      // Of a body that is too large the server answers early and closes; the rest has nowhere to go.
      sent.on('error', reject)
      // As bytes: a text would take the headers along into its encoding.
      sent.end(typeof body === 'string' ? Buffer.from(body) : body)
    })
  }

  end(): void {
    this.#agent.destroy()
  }
}

/** Every character as `%XX`, half surrogates as the bytes that somebody would make of them. */
export function percent(text: string): string {
  let encoded = ''
  for (const character of text) {
    const code = character.codePointAt(0)!
    const bytes =
      code >= 0xd800 && code <= 0xdfff
        ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
        : [...Buffer.from(character, 'utf8')]
    encoded += /[A-Za-z0-9_~-]/.test(character)
      ? character
      : bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  }
  return encoded
}

/** As it is, but for what no client can send at all. */
export function raw(text: string): string {
  return text.replace(/[^\x21-\x7e]/gu, percent)
}

export const json = (value: unknown): Pick<Asking, 'headers' | 'body'> => ({
  headers: { 'content-type': 'application/json' },
  body: typeof value === 'string' ? value : JSON.stringify(value),
})
