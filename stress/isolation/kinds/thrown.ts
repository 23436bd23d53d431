import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { inBoth, type Kind, placed, untilBlamed } from '../kind.ts'

/** The stack shows the handler's file, and no emitter: sure. */
const owned = inBoth({
  innocents: 'nothing',
  named: ['job.blamed:owner', 'job.ended:FW_STRAY_ERROR'],
  ends: 'dead',
  condemned: true,
})
/** Thrown below an emitter: the job may have been the one that emitted, and not the one that listens. */
const suspected = inBoth({
  innocents: 'nothing',
  named: ['job.blamed:suspect', 'job.ended:FW_SUSPECT'],
  ends: 'done',
  condemned: true,
})
const fails = 'its job fails; the worker takes nothing more, lets the others end, and its supervisor starts the next'
const suspect = 'its job gets its attempt back; the worker drains and is restarted'

const fail = (): never => {
  throw new Error('thrown where nobody catches')
}

const kinds: Kind[] = [
  {
    name: 'throw-timeout',
    about: 'throws in `setTimeout`',
    class: 'contained',
    ...owned,
    answer: fails,
    async act({ did, job }) {
      setTimeout(() => (did('thrown'), fail()), 1)
      await untilBlamed(job)
    },
  },
  {
    name: 'throw-immediate',
    about: 'throws in `setImmediate`',
    class: 'contained',
    ...owned,
    answer: fails,
    async act({ did, job }) {
      setImmediate(() => (did('thrown'), fail()))
      await untilBlamed(job)
    },
  },
  {
    name: 'throw-tick',
    about: 'throws in `process.nextTick`',
    class: 'contained',
    ...owned,
    answer: fails,
    async act({ did, job }) {
      process.nextTick(() => (did('thrown'), fail()))
      await untilBlamed(job)
    },
  },
  {
    name: 'throw-microtask',
    about: 'throws in `queueMicrotask`',
    class: 'contained',
    ...owned,
    answer: fails,
    async act({ did, job }) {
      queueMicrotask(() => (did('thrown'), fail()))
      await untilBlamed(job)
    },
  },
  {
    name: 'throw-listener',
    about: 'throws in a listener that a timer calls',
    class: 'contained',
    ...suspected,
    answer: suspect,
    async act({ did, job }) {
      const emitter = new EventEmitter().on('word', () => (did('thrown'), fail()))
      setTimeout(() => emitter.emit('word'), 1)
      await untilBlamed(job)
    },
  },
  {
    name: 'error-event',
    about: "emits 'error' where nobody listens",
    class: 'contained',
    ...owned,
    answer: fails,
    async act({ did, job }) {
      setTimeout(() => {
        did('emitted')
        new EventEmitter().emit('error', new Error('nobody listens'))
      }, 1)
      await untilBlamed(job)
    },
  },
  {
    name: 'stream-error',
    about: 'has a stream that fails, and does not listen for it',
    class: 'contained',
    ...suspected,
    answer: suspect,
    async act({ did, job }) {
      new Readable({ read() {} }).destroy(new Error('the stream broke'))
      did('destroyed')
      await untilBlamed(job)
    },
  },
  {
    name: 'throw-late',
    about: 'throws in a timer, after it has ended',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['worker.stray'], ends: 'done', condemned: true }),
    answer: 'told with the name of the job that left it; the worker drains and is restarted',
    act({ did }) {
      setTimeout(() => (did('thrown'), fail()), 20)
    },
  },
]

export const thrownKinds = placed(import.meta.filename, kinds)
