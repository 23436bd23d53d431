import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Places, places } from '../../test/support/cli-places.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

const both = new Places()
beforeAll(() => both.open())
afterAll(() => both.close())

describe.each(places)('%s', (_, byApi) => {
  const at = () => (byApi ? ` --api ${both.url}` : '')

  test.each([
    ['status nope', 1, 'FW_JOB_UNKNOWN'],
    ['status ..', 65, 'FW_API_INVALID'],
    [`status ''`, 65, 'FW_API_INVALID'],
    [`status ${'x'.repeat(300)}`, 65, 'FW_API_INVALID'],
    ['pause mails --group ..', 65, 'FW_API_INVALID'],
    ['pause mails --group a --group b other', 78, 'one queue'],
    ['pause mails --for 5m', 78, '--group'],
    ['peek ../../etc', 65, 'FW_API_INVALID'],
    ['peek mails --limit 101', 78, 'from 1 to 100'],
    [`list --name 'no such'`, 65, 'FW_API_INVALID'],
    [`enqueue mail '{"to":1}'`, 65, 'FW_INPUT_INVALID'],
    [`enqueue mail --lines --id x`, 78, '--id names one job'],
    [`enqueue mail '{"to":"a"}' --wait soon`, 78, '--wait is "soon"'],
    [`enqueue mial '{}'`, 65, 'Did you mean "mail"?'],
    [`enqueue mail '{"to":"a","n":1e999}'`, 65, 'FW_INPUT'],
    [`enqueue mail '${'['.repeat(3_000)}'`, 65, 'FW_INPUT_INVALID'],
    [`rerun nope`, 1, 'FW_JOB_UNKNOWN'],
    [`rerun nope --patch '{'`, 65, 'not JSON'],
    [`rerun nope --patch {} --input {}`, 78, 'one of them'],
    [`bulk status nope`, 1, 'FW_API_NOT_FOUND'],
    [`bulk retyr`, 78, 'Did you mean retry?'],
    [`bulk remove --queue mails --yes`, 78, '--state dead'],
    [`bulk retry --yes`, 78, 'Say which jobs'],
    [`retry --queue mails --rate 0`, 78, '--rate is "0"'],
    [`limits set mails`, 78, 'Say what to set'],
    [`limits set mails --rate 5`, 78, '100/1s'],
    [`limits set mails --weight 2`, 65, 'weight'],
    [`limits set mails --at-once 1e9`, 78, '--at-once is "1e9"'],
    [`limits freeze mails`, 78, '--for 15m'],
    [`limits`, 78, 'Say of which queue'],
    [`tokens add x --role god`, 78, 'allowed are read'],
    [`tokens add x`, 78, '--role'],
    [`tokens revoke nobody`, 1, 'FW_API_NOT_FOUND'],
    [`export --fields id,inputs`, 78, 'did you mean input?'],
    [`export --format xls`, 78, 'allowed are csv'],
    [`schedules set t mail '{}' --cron '61 * * * *'`, 65, 'FW_'],
    [`schedules pause nobody`, 1, 'FW_SCHEDULE_UNKNOWN'],
    [`audit --cursor '../x'`, 65, 'FW_API_INVALID'],
    [`stats --watch 1ms`, 78, '--watch is "1ms"'],
    [`dead mails --limit x`, 78, '--limit is "x"'],
  ])('%s: %i', async (args, code, says) => {
    const { end, stdout, stderr } = await both.run(args + at())
    expect([end, stdout, stderr]).toEqual([code, '', expect.stringContaining(says)])
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test('an error is the document with --json', async () => {
    expect(await both.json(`status nope${at()}`)).toEqual({
      error: { code: 'FW_JOB_UNKNOWN', message: expect.any(String), remedy: expect.any(String) },
    })
  })
})

describe('which of them is asked', () => {
  test('a store and an API at once is neither', async () => {
    const ran = await both.run(`stats --api ${both.url} --url sqlite:./fiber-work.db`)
    expect(ran).toMatchObject({ end: 78, stderr: expect.stringContaining('give one of them') })
  })

  test('a flag means more than a variable', async () => {
    const env = { FIBER_WORK_API: 'http://127.0.0.1:1' }
    expect((await both.run('stats --url sqlite:./fiber-work.db', { env })).end).toBe(0)
    expect(
      (await both.run('stats', { env: { FIBER_WORK_API: both.url, FIBER_WORK_URL: 'sqlite:./none.db' } })).end,
    ).toBe(0)
  })

  test('an API that is not there, is none, or wants a token', async () => {
    const gone = await both.run('list --api http://127.0.0.1:1')
    expect(gone).toMatchObject({ end: 69, stderr: expect.stringContaining('FW_API_UNREACHABLE') })
    expect((await both.run('list --api ftp://x')).end).toBe(78)
    expect((await both.run(`enqueue mail {} --unchecked --api ${both.url}`)).end).toBe(78)
    expect((await both.run('tokens add reader --role read')).stderr).toContain('role admin and for all queues first')
    await both.json('tokens add boss --role admin')
    const { token } = await both.json<{ token: string }>('tokens add reader --role read --expires 1h')
    expect(await both.run(`list --api ${both.url} --token nonsense`)).toMatchObject({
      end: 77,
      stderr: expect.stringContaining('FW_API_UNAUTHENTICATED'),
    })
    const env = { FIBER_WORK_TOKEN: token, FIBER_WORK_API: both.url }
    // A server looks for new tokens once a second.
    await expect.poll(async () => (await both.run('stats', { env })).end, { timeout: 5_000 }).toBe(0)
    const { jobs } = await both.json<{ jobs: { payloads: string; id: string }[] }>('list --limit 1', { env })
    expect(jobs[0]).toMatchObject({ payloads: 'hidden' })
    expect((await both.run(`status ${jobs[0]!.id}`, { env })).end).toBe(0)
    for (const args of [`status ${jobs[0]!.id} --reveal`, 'export --reveal', 'pause mails', 'audit', 'tokens'])
      expect(await both.run(args, { env }), args).toMatchObject({
        end: 77,
        stderr: expect.stringContaining('FW_API_FORBIDDEN'),
      })
    expect((await both.run('tokens')).stdout).toMatch(/reader +read +all/)
    for (const name of ['reader', 'boss']) expect((await both.run(`tokens revoke ${name}`)).end).toBe(0)
  })
})
