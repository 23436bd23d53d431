import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FiberWorkError } from '../../contract/errors.ts'
import type { LogLevel } from '../../contract/events.ts'
import type { JobContext } from '../../job/context.ts'
import { callerFile, onlyInThreads, type OnlyInThreads, type Run } from '../../job/definition.ts'
import { decodedPath } from '../../job/place.ts'
import { engine, type WasmFunction, type WasmMemory } from './engine.ts'
import { invalid } from './memory.ts'
import { loadModule, logModule } from './module.ts'

const levels: LogLevel[] = ['debug', 'info', 'warn', 'error']
const logBytesMax = 8_192
const memoryMbDefault = 256

export interface WasmOptions {
  /** Most memory of the module, in MiB; 256 by default. Growing beyond it fails inside the module. */
  memoryMbMax?: number
}

interface Instance {
  memory: WasmMemory
  alloc: (bytes: number) => number
  run: (at: number, bytes: number) => bigint
  error?: () => bigint
}

/**
 * A handler that is a WebAssembly module: JSON goes in, JSON comes out. It is compiled once a thread, and each job has an instance
 * of its own, which can reach nothing but its memory and the job's log. The path is relative to the file that calls this.
 *
 * The module exports `memory`, `alloc(len: i32) → i32` and `run(ptr: i32, len: i32) → i64`: the input's place and length in, the result's
 * out (`ptr << 32 | len`, a length of 0 is no result), UTF-8 both. It may export `error() → i64`: a text there, when `run` has ended, fails
 * the job with it. It may import `fiber_work.log(level: i32, ptr: i32, len: i32)`. A trap fails the job with its message; a module that cannot
 * run, with `FW_WASM_INVALID`. Needs `lane: 'thread'`.
 */
export function wasm<Data = unknown, Result = unknown>(
  path: string | URL,
  { memoryMbMax = memoryMbDefault }: WasmOptions = {},
): Run<Data, Result> & OnlyInThreads {
  if (!(Number.isInteger(memoryMbMax) && memoryMbMax >= 1 && memoryMbMax <= 4_096)) {
    throw new FiberWorkError('FW_JOB_INVALID', '`memoryMbMax` of a WebAssembly module is an integer from 1 to 4096.')
  }
  const file = absolute(path)
  const run = async (data: Data, job: JobContext): Promise<Result> => {
    const instance = await instantiate(file, memoryMbMax, job)
    return call(instance, data) as Result
  }
  return Object.assign(run, { [onlyInThreads]: true } as const)
}

function absolute(path: string | URL): string {
  if (path instanceof URL || path.startsWith('file:')) return fileURLToPath(path)
  const caller = decodedPath(callerFile(import.meta.filename))
  return caller === undefined ? resolve(path) : resolve(dirname(caller), path)
}

async function instantiate(file: string, memoryMbMax: number, job: JobContext): Promise<Instance> {
  const module = await loadModule(file, memoryMbMax)
  let instance: Instance | undefined
  const log: WasmFunction = (level, at, bytes) => {
    // A module that logs while it is being made has no memory to show yet.
    if (instance === undefined) return undefined
    const text = textAt(instance.memory, Number(at) >>> 0, Math.min(Number(bytes) >>> 0, logBytesMax))
    job.log[levels[Number(level)] ?? 'info'](text)
    return undefined
  }
  const { exports } = await engine.instantiate(module, { [logModule]: { log } })
  return (instance = exports as unknown as Instance)
}

function call({ memory, alloc, run, error }: Instance, data: unknown): unknown {
  const input = Buffer.from(JSON.stringify(data) ?? 'null')
  const at = alloc(input.length) >>> 0
  bytesAt(memory, at, input.length).set(input)
  const answer = packed(run(at, input.length))
  const failure = error === undefined ? undefined : packed(error())
  if (failure !== undefined && failure.length > 0) throw new Error(textAt(memory, failure.at, failure.length))
  if (answer.length === 0) return undefined
  const text = textAt(memory, answer.at, answer.length)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid('answered something that is not JSON', cause)
  }
}

function packed(place: bigint): { at: number; length: number } {
  if (typeof place !== 'bigint') throw invalid('has a `run` or `error` that does not answer an i64')
  return { at: Number(BigInt.asUintN(32, place >> 32n)), length: Number(BigInt.asUintN(32, place)) }
}

function textAt(memory: WasmMemory, at: number, length: number): string {
  return Buffer.from(bytesAt(memory, at, length)).toString('utf8')
}

function bytesAt({ buffer }: WasmMemory, at: number, length: number): Uint8Array {
  if (at + length > buffer.byteLength) throw invalid(`points outside of its memory (${at} + ${length})`)
  return new Uint8Array(buffer, at, length)
}
