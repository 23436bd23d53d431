import { pbkdf2Sync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, unchecked } from '../../src/index.ts'

/** Some 20 ms of a core. */
export const hash = (text: string): string => pbkdf2Sync(text, 'salt', 15_000, 64, 'sha512').toString('hex')

export const inThread = defineJob('in-thread', { lane: 'thread', queue: 'threads', input: unchecked<string>() }, hash)
export const onLoop = defineJob('on-loop', { queue: 'loop', input: unchecked<string>() }, hash)
export const waiting = defineJob('waiting', { queue: 'waiting' }, () => sleep(50))
