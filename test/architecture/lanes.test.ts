import { matchesGlob } from 'node:path'
import { expect, test } from 'vitest'
import { services } from '../../vitest.config.ts'
import { isTest, sources } from './sources.ts'

const tests = sources(['src', 'drivers', 'facades', 'dashboard', 'stress', 'test/corpus'], ['test.ts']).filter(isTest)
const slow =
  /node:(?:child_process|worker_threads)|from '(?:ioredis|bullmq)'|support\/(?:redis|bullmq|guarded|supervised|cli-project|tmux|browser)|\bnew Child\(/

test('the unit lane has neither servers, processes nor browsers: what needs them is among the services', () => {
  const quick = tests.filter(({ path }) => !services.some((pattern) => matchesGlob(path, pattern)))
  expect(quick.filter(({ text }) => slow.test(text)).map(({ path }) => path)).toEqual([])
})

test('every pattern of the services finds a test', () => {
  expect(services.filter((pattern) => !tests.some(({ path }) => matchesGlob(path, pattern)))).toEqual([])
})
