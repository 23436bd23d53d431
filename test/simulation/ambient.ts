/**
 * While a seed runs, time, timers and randomness that do not come through an `Env` fail it at once: they would make the
 * next run of the same seed another one. Calls from outside of our code (the test runner's) go through.
 */
const ours = /\/(?:src|drivers|facades|test\/simulation)\/(?!.*node_modules)/

type Target = Record<string, unknown>
const replaced: [object, string][] = [
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [globalThis, 'fetch'],
  [Date, 'now'],
  [Math, 'random'],
  [performance, 'now'],
  [process, 'hrtime'],
  [process, 'nextTick'],
  [AbortSignal, 'timeout'],
  [crypto, 'randomUUID'],
  [crypto, 'getRandomValues'],
]

/**
 * The machine's clock, which all threads of a process share and which is in no `Env`, shows what `machineMs` says.
 * Answers the undo.
 */
export function forbidAmbient(report: (what: string) => void, machineMs: () => number = () => 0): () => void {
  const undo = replaced.map(([target, name]) => {
    const descriptor = Object.getOwnPropertyDescriptor(target, name)
    const original = (target as Target)[name] as (...parameters: unknown[]) => unknown
    const stub = function (this: unknown, ...parameters: unknown[]): unknown {
      if (callerIsOurs()) {
        report(`${name} was called directly; time, timers and randomness come through Env (law 1)`)
        throw new Error(`${name} is forbidden in a simulation`)
      }
      return Reflect.apply(original, this, parameters)
    }
    Object.defineProperty(target, name, { value: Object.assign(stub, original), configurable: true, writable: true })
    return () => {
      if (descriptor === undefined) delete (target as Target)[name]
      else Object.defineProperty(target, name, descriptor)
    }
  })
  process.hrtime.bigint = () => BigInt(Math.round(machineMs() * 1e6))
  return () => {
    for (const restore of undo) restore()
  }
}

function callerIsOurs(): boolean {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = 4
  // Frame 1 is this function, 2 the stub, 3 who called.
  const caller = new Error('who calls?').stack?.split('\n')[3] ?? ''
  Error.stackTraceLimit = before
  return ours.test(caller) && !caller.includes('node_modules')
}
