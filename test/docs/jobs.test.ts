import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaults } from '../../src/base/defaults.ts'
import { callSchemas } from '../../src/config/schema.ts'
import { enqueueOptionsTable, jobOptionsTable } from '../../src/job/options.ts'
import { queueOptionsTable } from '../../src/job/queue.ts'
import { root } from '../support/project.ts'

const page = readFileSync(join(root, 'docs/jobs.md'), 'utf8')

/** The rows of the option table below a heading: option → what stands in its default column. */
function optionsBelow(heading: string): Record<string, string> {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const table = section.split('| option | default | what it says |')[1]?.split('\n\n')[0] ?? ''
  return Object.fromEntries([...table.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, value]) => [name, value]))
}

test.each([
  ['A definition', Object.keys(jobOptionsTable)],
  ['An enqueue', Object.keys(enqueueOptionsTable)],
  ['A queue', Object.keys(queueOptionsTable)],
  ['A worker', Object.keys(callSchemas.work.shape)],
])('%s: the page lists the options that the code knows', (heading, options) => {
  expect(Object.keys(optionsBelow(heading)).toSorted()).toEqual(options.toSorted())
})

test('the defaults on the page are those of the code', () => {
  const definition = optionsBelow('A definition')
  const worker = optionsBelow('A worker')
  const inCode = (value: unknown) => {
    const text = JSON.stringify(value).replaceAll('"', "'")
    return `\`${text
      .replace(/'(\w+)':/g, '$1: ')
      .replaceAll(',', ', ')
      .replace('{', '{ ')
      .replace('}', ' }')}\``
  }
  expect(definition).toMatchObject({
    queue: inCode(defaults.queue),
    priority: String(defaults.priority),
    attempts: String(defaults.attempts),
    timeoutMs: String(defaults.timeoutMs),
    stuckMs: String(defaults.stuckMs),
    backoff: inCode(defaults.backoff),
    keep: inCode(defaults.keep),
  })
  const numbers = ['concurrency', 'graceMs', 'stuckMs', 'beatMs', 'startSliceMs', 'resultBytesMax'] as const
  for (const name of [...numbers, 'blockMsMax', 'stallMsMax'] as const) {
    expect(worker[name], name).toBe(String(defaults[name]))
  }
})
