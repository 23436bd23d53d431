import { EventEmitter } from 'node:events'
import { Environment, Timezone } from './environment.ts'
import { Listeners } from './listeners.ts'
import { OwnProperties } from './own-properties.ts'
import type { Part } from './part.ts'
import { exceptionCapture, exitCode, FileMask, type Setting, workingDirectory } from './settings.ts'

const isFunction = (_key: PropertyKey, value: unknown) => typeof value === 'function'

/** What libraries keep on globalThis for themselves and their copies. */
const isOfLibrary = (key: PropertyKey) =>
  typeof key === 'symbol' && /^(?:undici|opentelemetry|fiber-work|nodejs)\b/.test(key.description ?? '')

/** Constructors, with their prototypes. Those that Node makes at first use are left alone: reading them would load them. */
const constructors = [
  ...['Object', 'Array', 'Function', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Promise', 'Date', 'RegExp'],
  ...['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Iterator', 'ArrayBuffer', 'Uint8Array', 'DataView'],
  ...['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'EvalError', 'URIError', 'AggregateError'],
  ...['Buffer', 'URL', 'URLSearchParams', 'EventTarget', 'AbortController', 'AbortSignal'],
]
const namespaces = ['Math', 'JSON', 'Reflect', 'Intl', 'Atomics']

/** Everything that is watched on its own behalf: what a job can change there, all others see. */
export interface Shared {
  /** What all code stands on: globals, and the intrinsics with their prototypes. */
  ground: readonly Part[]
  parts: readonly Part[]
  directory: Setting<string>
  mask: FileMask
  listeners: Listeners
}

/** As it is now. */
export function lookAround(): Shared {
  const directory = workingDirectory()
  const mask = new FileMask()
  const listeners = new Listeners()
  const ground = [...intrinsics(), new OwnProperties('globalThis', globalThis, { mayCome: isOfLibrary })]
  const parts = [
    new Environment(),
    new Timezone(),
    new OwnProperties('console', console, { only: isFunction }),
    // Its other properties are Node's own accounts.
    new OwnProperties('process', process, {
      only: (key, value) => typeof value === 'function' || key === 'env',
      mayCome: () => true,
    }),
    directory,
    mask,
    listeners,
    exitCode(),
    exceptionCapture(),
  ]
  return { ground, parts, directory, mask, listeners }
}

function intrinsics(): OwnProperties[] {
  const typedArray = Object.getPrototypeOf(Uint8Array) as { prototype: object }
  return [
    ...constructors.flatMap((name) => withPrototype(name, valueOf(name))),
    ...withPrototype('TypedArray', typedArray),
    ...withPrototype('EventEmitter', EventEmitter),
    ...namespaces.map((name) => new OwnProperties(name, valueOf(name) as object)),
  ]
}

function withPrototype(name: string, made: unknown): OwnProperties[] {
  if (typeof made !== 'function') return []
  const { prototype } = made as { prototype: object }
  return [new OwnProperties(name, made), new OwnProperties(`${name}.prototype`, prototype)]
}

function valueOf(name: string): unknown {
  return Object.getOwnPropertyDescriptor(globalThis, name)?.value
}
