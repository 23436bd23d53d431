import type { HeapProfiler, Runtime, Session } from 'node:inspector'
import { placeOf } from './made.ts'

/** A stack is taken down each time that so many bytes were allocated: a third of a microsecond a job that takes 4 KiB. */
const sampleBytes = 131_072
/** Of what could be told, this part must be of one definition. */
const partMin = 0.6

const key = Symbol.for('fiber-work.leaks')
const shared = globalThis as { [key]?: unknown }

type Run = (...args: never[]) => unknown

/** Whose memory it is, and where most of it was taken. */
export interface Culprit {
  name: string
  at: string | undefined
}

/**
 * Looks for a while at where memory is taken that is not given back, by V8's sampling heap profiler: cheap enough for production, and
 * only on while a leak is suspected already.
 */
export class CulpritSearch {
  readonly #session: Session

  private constructor(session: Session) {
    this.#session = session
  }

  /** Undefined where there is no inspector, or it may not be used. */
  static begin(): CulpritSearch | undefined {
    try {
      // Not imported: a Node that was built without an inspector works as well.
      const { Session } = process.getBuiltinModule('node:inspector')
      const session = new Session()
      session.connect()
      session.post('HeapProfiler.startSampling', { samplingInterval: sampleBytes })
      return new CulpritSearch(session)
    } catch {
      return undefined
    }
  }

  /** Ends the search. The definition whose function stands on the stacks of most of what is still there. */
  end(handlers: ReadonlyMap<string, Run>): Culprit | undefined {
    try {
      const profile = this.#ask<HeapProfiler.StopSamplingReturnType>('HeapProfiler.stopSampling')?.profile
      const places = new Map(
        [...handlers].flatMap(([name, run]) => this.#placeOf(run).map((at) => [at, name] as const)),
      )
      return profile === undefined ? undefined : judge(profile, places)
    } finally {
      this.#session.disconnect()
    }
  }

  /** In-process, the answer is there when `post` returns. */
  #ask<T>(method: string, params?: object): T | undefined {
    let answer: T | undefined
    this.#session.post(method, params, (error, value) => (answer = error === null ? (value as T) : undefined))
    return answer
  }

  /** Where the function begins: `script:line:column`. */
  #placeOf(run: Run): string[] {
    shared[key] = run
    const expression = `globalThis[Symbol.for('fiber-work.leaks')]`
    const found = this.#ask<Runtime.EvaluateReturnType>('Runtime.evaluate', { expression })
    delete shared[key]
    const objectId = found?.result.objectId
    const shape = this.#ask<Runtime.GetPropertiesReturnType>('Runtime.getProperties', { objectId, ownProperties: true })
    const place = shape?.internalProperties?.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value as
      | { scriptId: string; lineNumber: number; columnNumber: number }
      | undefined
    return place === undefined ? [] : [`${place.scriptId}:${place.lineNumber}:${place.columnNumber}`]
  }
}

interface Share {
  bytes: number
  lines: Map<string, number>
}

function judge({ head }: HeapProfiler.SamplingHeapProfile, places: ReadonlyMap<string, string>): Culprit | undefined {
  const shares = new Map<string, Share>()
  const walk = (node: HeapProfiler.SamplingHeapProfileNode, owner: string | undefined, line: string): void => {
    const { functionName, scriptId, url, lineNumber, columnNumber } = node.callFrame
    const name = places.get(`${scriptId}:${lineNumber}:${columnNumber}`) ?? owner
    // What is built in has no file: it is its caller that takes the memory.
    const frame = `    at ${functionName || name || 'a function'} (${url}:${lineNumber + 1}:${columnNumber + 1})`
    const own = url === '' ? undefined : placeOf({ stack: frame }).at
    const at = own ?? line
    if (name !== undefined && node.selfSize > 0) {
      const share = shares.get(name) ?? { bytes: 0, lines: new Map<string, number>() }
      share.bytes += node.selfSize
      share.lines.set(at, (share.lines.get(at) ?? 0) + node.selfSize)
      shares.set(name, share)
    }
    for (const child of node.children) walk(child, name, at)
  }
  walk(head, undefined, '')
  const all = [...shares.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  const [most] = [...shares].sort(([, a], [, b]) => b.bytes - a.bytes)
  if (most === undefined || most[1].bytes < partMin * all) return undefined
  const [line] = [...most[1].lines].sort(([, a], [, b]) => b - a)
  return { name: most[0], at: line?.[0] === '' ? undefined : line?.[0] }
}
