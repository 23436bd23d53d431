import type { WriteStream } from 'node:tty'
import { afterEach, expect, it } from 'vitest'
import { captureOutput, type Capture } from './capture.ts'

let capture: Capture | undefined
const write = process.stdout.write
afterEach(() => {
  capture?.release()
  process.stdout.write = write
})

function start(): string[] {
  const written: string[] = []
  process.stdout.write = ((text: string) => {
    written.push(text)
    return true
  }) as typeof write
  capture = captureOutput(process.stdout as WriteStream)
  return written
}

it('holds back what others write, lets the screen through, and writes the rest at the end', async () => {
  const written = start()
  capture?.write('screen')
  process.stdout.write('one\ntwo\n')
  await new Promise<void>((resolve) => process.stdout.write(Buffer.from('three'), () => resolve()))
  expect(written).toEqual(['screen'])
  expect(capture?.lines).toBe(3)
  capture?.release()
  capture?.release()
  expect(written).toEqual(['screen', 'one\ntwo\n', 'three'])
  process.stdout.write('after')
  expect(written.at(-1)).toBe('after')
})

it('keeps the newest when it is too much, and says so', () => {
  const written = start()
  for (let index = 0; index < 100; index += 1) process.stdout.write(`${index} ${'x'.repeat(5_000)}\n`)
  capture?.release()
  expect(written[0]).toMatch(/^… \d+ earlier writes are not shown\n$/)
  expect(written.at(-1)).toMatch(/^99 /)
  expect(written.join('').length).toBeLessThan(80_000)
})

it('leaves a stream alone that is not the terminal', () => {
  const other = { isTTY: true, write: () => true } as unknown as WriteStream
  const before = process.stdout.write
  capture = captureOutput(other)
  expect(process.stdout.write).toBe(before)
})
