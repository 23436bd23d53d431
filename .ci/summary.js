// Prints the last line of .ci/run from vitest's JSON: `123 passed, 0 failed`, with `, 4 skipped` if there are any.
// `npm run check` counts as one more: its exit code is the second argument.
import { readFileSync } from 'node:fs'

const [path = '', checked = '0'] = process.argv.slice(2)
let report
try {
  report = JSON.parse(readFileSync(path, 'utf8'))
} catch (error) {
  console.error(`vitest left no results (${error.message})`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
// A file that could not even be loaded has no tests, and is a failure all the same; so is an error outside of any test.
const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
for (const file of unloaded) console.log(`could not be loaded: ${file.name}`)
let failed = report.numFailedTests + unloaded.length
if (!report.success && failed === 0) failed = 1
if (checked !== '0') failed += 1
const skipped = report.numPendingTests + report.numTodoTests
console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
