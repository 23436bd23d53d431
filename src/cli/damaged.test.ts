import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import { InsideProject } from '../../test/support/cli-inside.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

test('a job that something else has damaged is told of, and the others are listed', async () => {
  const project = new InsideProject()
  onTestFinished(() => project.remove())
  const enqueue = async () => (await project.json<{ id: string }>('enqueue mail {} --queue mails --unchecked')).id
  const [good, bad] = [await enqueue(), await enqueue()]
  const db = new DatabaseSync(join(project.folder, 'fiber-work.db'))
  db.exec(`update fw_job set at = ${2n ** 60n} where id = '${bad}'`)
  db.close()
  expect(await project.json('list')).toMatchObject({ jobs: [{ id: good }], broken: [bad] })
  const { code, stdout, stderr } = await project.run('list')
  expect([code, stdout]).toEqual([0, expect.stringContaining(good)])
  expect(stderr).toMatch(new RegExp(`cannot be read.*${bad}`))
  const status = await project.run(`status ${bad}`)
  expect([status.code, status.stderr]).toEqual([69, expect.stringContaining('FW_STORE_CORRUPT')])
})
