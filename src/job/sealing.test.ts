import { describe, expect, it } from 'vitest'
import type { StoredJob } from '../contract/job.ts'
import { contentOf } from './content.ts'
import { defineJob } from './definition.ts'
import { Keyring } from './keyring.ts'
import { prepareJob } from './prepare.ts'
import { unchecked } from './schema.ts'
import { openJob, renewed, sealed } from './sealing.ts'

const keys = new Keyring(`k:${Buffer.alloc(32, 7).toString('base64')}`)
const echo = defineJob('echo', { input: unchecked<unknown>(), version: 3 })
const prepared = (input: unknown, ring?: Keyring) =>
  prepareJob(echo, input, { attempts: 2, tags: ['t'] }, () => 'a', { keys: ring }) as StoredJob

describe('a job once more', () => {
  it.each([
    ['encrypted', keys, /^enc1\.k\./],
    ['plain', undefined, /^\{"v":3/],
  ])('is %s as it was, under its new id', (_, ring, form) => {
    const again = renewed(prepared({ a: 1 }, ring), { id: 'b' }, keys)
    expect(again).toMatchObject({ id: 'b', queue: 'default', name: 'echo', tags: ['t'] })
    expect(again.body).toMatch(form)
    expect(openJob(again, keys)).toEqual({ version: 3, overrides: { attempts: 2 }, input: { a: 1 } })
    expect(openJob(renewed(again, { id: 'c', input: [2] }, keys), keys).input).toEqual([2])
    expect(openJob(renewed(again, { id: 'c', input: undefined }, keys), keys).input).toBeUndefined()
  })

  it('is refused without the key, and with an input that is not JSON', () => {
    const job = prepared(1, keys)
    expect(() => renewed(job, { id: 'b' }, undefined)).toThrow(expect.objectContaining({ code: 'FW_KEY_UNKNOWN' }))
    expect(() => renewed(job, { id: 'b', input: 1n }, keys)).toThrow(
      expect.objectContaining({ code: 'FW_INPUT_NOT_JSON' }),
    )
  })
})

describe('what a record holds', () => {
  it('is told as far as it can be read', () => {
    const job = prepared({ a: 1 })
    expect(contentOf({ job }, undefined)).toEqual({ input: { a: 1 }, version: 3 })
    expect(contentOf({ job, result: '[1]' }, undefined)).toEqual({ input: { a: 1 }, version: 3, result: [1] })
    expect(contentOf({ job, result: 'not JSON' }, undefined)).toEqual({
      input: { a: 1 },
      version: 3,
      result: 'not JSON',
    })
    for (const plain of [{ $sealed: 'x' }, { $sealed: 'enc1r' }, 'enc1r.k.x', { $sealed: 1 }]) {
      expect(contentOf({ job, result: JSON.stringify(plain) }, keys).result).toEqual(plain)
    }
    expect(contentOf({ job: { ...job, body: 'x' } }, undefined).damage).toContain('not written by fiber-work')
    const result = sealed('[1]', 'result', job, echo, keys)
    expect(contentOf({ job, result }, keys)).toEqual({ input: { a: 1 }, version: 3, result: [1] })
    expect(contentOf({ job, result }, undefined)).toEqual({ input: { a: 1 }, version: 3, encrypted: 'k' })
    expect(contentOf({ job, result: result.replace('"}', 'xx"}') }, keys)).toMatchObject({
      input: { a: 1 },
      damage: expect.stringContaining('result') as string,
    })
  })
})
