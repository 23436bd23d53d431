import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { hidden, redact } from '../base/redact.ts'
import { InsideProject } from '../../test/support/cli-inside.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

let project: InsideProject

beforeAll(() => {
  project = new InsideProject()
})

afterAll(() => project.remove())

describe('an encrypted store', () => {
  const key = Buffer.alloc(32, 7).toString('base64')
  afterEach(() => vi.unstubAllEnvs())

  test('is opened with the keys of the environment; without them it says which key it takes', async () => {
    vi.stubEnv('FIBER_WORK_ENCRYPTION_KEYS', `k1:${key}`)
    const { id } = await project.json<{ id: string }>(`enqueue mail '{"to":"a"}' --unchecked --queue mails --id sealed`)
    expect(await project.json(`status ${id}`)).toMatchObject({ id, input: { to: 'a' } })
    expect((await project.run(`status ${id}`)).stdout).toContain('"to": "a"')
    const { stdout } = await project.run('doctor')
    expect(stdout).toMatch(/encryptionKeys +\[redacted\]/)
    expect(stdout).not.toContain(key.slice(0, 10))
    vi.unstubAllEnvs()
    expect(await project.json(`status ${id}`)).toMatchObject({ id, encrypted: 'k1' })
    expect(await project.json(`status ${id}`)).not.toHaveProperty('input')
    expect((await project.run(`status ${id}`)).stdout).toMatch(/input +encrypted \(k1\)/)
    expect((await project.json<{ jobs: object[] }>('list --queue mails')).jobs).toContainEqual(
      expect.objectContaining({ id, encrypted: 'k1' }),
    )
  })

  test('is not opened with keys that are none, which are not shown', async () => {
    vi.stubEnv('FIBER_WORK_ENCRYPTION_KEYS', `k1:${key.slice(1)}`)
    const { code, stderr } = await project.run('status sealed')
    expect(code).toBe(78)
    expect(stderr).toContain('FIBER_WORK_ENCRYPTION_KEYS is not that; allowed is id:base64 of 32 bytes')
    expect(stderr).not.toContain(key.slice(1, 10))
    expect((await project.run(`status sealed --encryption-keys k1:${key}`)).stderr).toContain('--encryption-keys')
  })

  test('what is to be hidden is said in the environment too', async () => {
    vi.stubEnv('FIBER_WORK_REDACT', 'taxId,customer')
    await project.run('stats')
    expect(redact({ tax_id: 1, customer: 2, other: 3 })).toEqual({ tax_id: hidden, customer: hidden, other: 3 })
    vi.unstubAllEnvs()
    await project.run('stats')
    expect(redact({ tax_id: 1 })).toEqual({ tax_id: 1 })
  })
})
