import { inBoth, type Kind, placed } from '../kind.ts'
import { cpuMs } from '../turns.ts'

const blockMs = 2_000
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const kinds: Kind[] = [
  {
    name: 'sync-loop',
    about: `computes for ${blockMs / 1_000} s without a pause`,
    class: 'uncontained',
    ...inBoth({
      innocents: 'late',
      named: ['loop.blocked:exact'],
      perhaps: ['loop.recovered:exact', 'loop.recovered:suspect'],
      ends: 'done',
    }),
    thread: { innocents: 'nothing', named: [], ends: 'done' },
    answer: "the guardian keeps the leases, and names the line; `lane: 'thread'` takes it off the loop",
    jobs: 1,
    act({ did }) {
      const endMs = cpuMs() + blockMs
      did('computing')
      while (cpuMs() < endMs);
    },
  },
  {
    name: 'native-block',
    about: 'parses a JSON text of 80 MB',
    class: 'uncontained',
    ...inBoth({
      innocents: 'late',
      named: [],
      perhaps: ['loop.recovered:suspect', 'loop.blocked:suspect', 'loop.recovered:exact', 'loop.blocked:exact'],
      ends: 'done',
    }),
    thread: { innocents: 'nothing', named: [], ends: 'done' },
    answer: "a guess at most, when it is over: native code answers nobody; `lane: 'thread'`",
    jobs: 1,
    act({ did }) {
      const text = `[${'[1,2,"three"],'.repeat(6_000_000)}0]`
      did(`${(JSON.parse(text) as unknown[]).length} items`)
    },
  },
  {
    name: 'allocation',
    about: 'allocates 200 MB, and holds them until it ends',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: [], ends: 'done' }),
    answer: 'goes with its job; while memory is short nothing is taken on top (law 8)',
    async act({ did }) {
      const held: Buffer[] = []
      for (let i = 0; i < 20; i++) held.push(Buffer.alloc(10_000_000, i))
      did(`${held.length * 10} MB`)
      await pause(50)
      return held.length
    },
  },
  {
    name: 'recursion',
    about: 'calls itself until the stack overflows',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['job.ended:dead'], ends: 'dead' }),
    answer: 'an error like any other: the job fails',
    act({ did }) {
      const deeper = (n: number): number => deeper(n + 1) + 1
      did('falling')
      return deeper(0)
    },
  },
]

export const loopKinds = placed(import.meta.filename, kinds)
