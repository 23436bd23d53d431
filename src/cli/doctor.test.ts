import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { InsideProject } from '../../test/support/cli-inside.ts'

let project: InsideProject

beforeAll(() => void (project = new InsideProject()))
afterEach(() => vi.unstubAllEnvs())
afterAll(() => project.remove())

test.each(['doctor', 'doctor --json'])('%s never shows what is a secret, nor the URL of a webhook', async (command) => {
  vi.stubEnv('FIBER_WORK_ALERT_WEBHOOK_SECRET', 'whsec_hidden')
  vi.stubEnv('FIBER_WORK_ALERT_WEBHOOK', 'https://hooks.example.com/hidden')
  const { stdout, stderr } = await project.run(command)
  expect(stdout).toContain('alertWebhookSecret')
  expect(stdout + stderr).not.toContain('hidden')
})
