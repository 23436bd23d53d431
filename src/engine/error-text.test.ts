import { expect, test } from 'vitest'
import { errorText } from './error-text.ts'

/** Whoever looks at it gets an exception. */
const unreadable = () =>
  Object.defineProperties(
    new Error('never seen'),
    Object.fromEntries(
      ['message', 'stack', 'name', 'cause', 'code'].map((key) => [
        key,
        {
          get() {
            throw new Error('do not look')
          },
        },
      ]),
    ),
  )

test('an error that cannot be read is told as such', () => {
  expect(errorText(unreadable())).toBe('An error that cannot be read was thrown.')
})

test('as a cause it does not hide what is around it', () => {
  const text = errorText(new TypeError('outside', { cause: unreadable() }))
  expect(text).toMatch(/^TypeError: outside\n/)
  expect(text).toMatch(/Caused by An error that cannot be read was thrown\.$/)
})
