import { constants } from 'node:buffer'
import { Readable, type Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Exchange } from './exchange.ts'

const empty = Buffer.alloc(0)
/** Unpacked at once up to this size; a larger body goes to the thread pool. */
const syncBytesMax = 8 * 1_024

type Unpack = (
  packed: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, bytes: Buffer) => void,
) => void
interface Coding {
  async: Unpack
  sync: (packed: Buffer, options: { maxOutputLength: number }) => Buffer
  stream: () => Transform
}

const gzip: Coding = { async: zlib.gunzip, sync: zlib.gunzipSync, stream: () => zlib.createGunzip() }
const codings: Record<string, Coding> = {
  gzip,
  'x-gzip': gzip,
  deflate: { async: zlib.inflate, sync: zlib.inflateSync, stream: () => zlib.createInflate() },
  br: { async: zlib.brotliDecompress, sync: zlib.brotliDecompressSync, stream: () => zlib.createBrotliDecompress() },
  zstd: { async: zlib.zstdDecompress, sync: zlib.zstdDecompressSync, stream: () => zlib.createZstdDecompress() },
}

/** What requests say that they accept. */
export const acceptEncoding = 'gzip, br'

/** The body, if all of it has come, in one piece, not packed and not too large. */
export function whole(exchange: Exchange, bytesMax: number): Buffer | undefined {
  if (!exchange.done || exchange.error !== undefined || exchange.bytes > bytesMax) return undefined
  if (exchange.chunks.length > 1 || exchange.headers['content-encoding'] !== undefined) return undefined
  return exchange.take()[0] ?? empty
}

/** The whole body, unpacked. `FW_HTTP_TOO_LARGE` beyond `bytesMax`, before and after unpacking. */
export async function collect(exchange: Exchange, target: string, bytesMax: number): Promise<Buffer> {
  const packed = await collectRaw(exchange, target, bytesMax)
  const coding = codingOf(exchange)
  return coding === undefined || packed.length === 0 ? packed : unpack(coding, packed, target, bytesMax)
}

function collectRaw(exchange: Exchange, target: string, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const announced = Number(exchange.headers['content-length'] ?? 0)
    const chunks: Buffer[] = []
    let bytes = 0
    const tooLarge = (size: string) => {
      const error = tooLargeError(target, size, bytesMax)
      exchange.abort(error)
      reject(error)
    }
    if (announced > bytesMax && !exchange.done) return tooLarge(`${announced} bytes`)
    exchange.read({
      data(chunk) {
        bytes += chunk.length
        if (bytes > bytesMax) tooLarge('more')
        else chunks.push(chunk)
      },
      end: () => resolve(chunks.length === 1 ? (chunks[0] ?? empty) : Buffer.concat(chunks, bytes)),
      fail: reject,
    })
  })
}

function unpack(coding: Coding, packed: Buffer, target: string, bytesMax: number): Promise<Buffer> | Buffer {
  const options = { maxOutputLength: Math.min(bytesMax, constants.MAX_LENGTH) }
  const failed = (error: unknown): FiberWorkError => {
    const large = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    if (large) return tooLargeError(target, 'more, once unpacked', bytesMax)
    return new FiberWorkError('FW_HTTP_FAILED', `${target}: the body cannot be unpacked.`, { cause: error })
  }
  if (packed.length > syncBytesMax) {
    return new Promise((resolve, reject) => {
      coding.async(packed, options, (error, bytes) => (error === null ? resolve(bytes) : reject(failed(error))))
    })
  }
  try {
    return coding.sync(packed, options)
  } catch (error) {
    throw failed(error)
  }
}

/** The body as it comes, unpacked. Destroying the stream closes the connection. */
export function streamOf(exchange: Exchange): Readable {
  const raw = new Readable({
    read: () => exchange.resume(),
    destroy(error, done) {
      exchange.abort(error ?? undefined)
      done(error)
    },
  })
  exchange.read({
    data(chunk) {
      if (!raw.push(chunk)) exchange.pause()
    },
    end: () => void raw.push(null),
    fail: (error) => void raw.destroy(error instanceof Error ? error : new Error(String(error))),
  })
  const coding = codingOf(exchange)
  if (coding === undefined) return raw
  const unpacked = coding.stream()
  raw.on('error', (error) => unpacked.destroy(error))
  unpacked.on('close', () => raw.destroy())
  return raw.pipe(unpacked)
}

/** The start of the body for a message: what has arrived of it, as text. */
export function peek(exchange: Exchange, bytes: number): string {
  const coding = codingOf(exchange)
  const arrived = Buffer.concat(exchange.chunks)
  if (coding === undefined) return arrived.toString('utf8', 0, bytes)
  try {
    return exchange.done ? coding.sync(arrived, { maxOutputLength: 1_048_576 }).toString('utf8', 0, bytes) : ''
  } catch {
    return ''
  }
}

function codingOf(exchange: Exchange): Coding | undefined {
  const name = exchange.headers['content-encoding']
  return typeof name === 'string' ? codings[name.trim().toLowerCase()] : undefined
}

function tooLargeError(target: string, size: string, bytesMax: number): FiberWorkError {
  const message = `${target}: the body has ${size}, \`bytesMax\` is ${bytesMax}; raise it, or read with \`stream()\`.`
  return new FiberWorkError('FW_HTTP_TOO_LARGE', message)
}
