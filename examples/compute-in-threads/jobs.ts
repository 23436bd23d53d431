import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, unchecked } from 'fiber-work'

// This file only defines jobs: each thread imports it again, and finds its handlers here.

/** What a resize costs: every pixel of a picture is looked at, many times over. Some hundred milliseconds of a core. */
export const thumbnail = defineJob(
  'thumbnail',
  { lane: 'thread', queue: 'pictures', input: unchecked<{ seed: number; size: number }>(), memoryMbMax: 128 },
  ({ seed, size }, job) => {
    const pixels = picture(seed, size)
    for (let pass = 1; pass <= 8; pass++) {
      blur(pixels, size)
      job.progress({ pass, of: 8 })
    }
    const brightness = pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length
    return { seed, brightness: Math.round(brightness) }
  },
)

/** A picture that makes its decoder loop for ever. */
export const broken = defineJob(
  'broken-picture',
  { lane: 'thread', queue: 'pictures', attempts: 1, timeoutMs: 300 },
  () => {
    for (;;);
  },
)

/** One of a thousand that want nothing but their turn of the event loop. */
export const ping = defineJob('ping', { queue: 'pings' }, () => sleep(20))

function picture(seed: number, size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => (at * 31 + (at % size) * seed) % 256)
}

function blur(pixels: Float64Array, size: number): void {
  for (let at = size + 1; at < pixels.length - size - 1; at++) {
    pixels[at] = (pixels[at - 1]! + pixels[at + 1]! + pixels[at - size]! + pixels[at + size]!) / 4
  }
}
