// A reporter of vitest's for .ci/run, which gives a failed test one more try: names those that needed it, and what went wrong at first.
export default class Flaky {
  onTestRunEnd(modules) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const flaky = tests.filter((test) => test.diagnostic()?.flaky)
    if (flaky.length === 0) return
    console.log(`\n${flaky.length} flaky: failed, then passed. Each is a mistake, of the test or of the code:`)
    for (const test of flaky) {
      console.log(`  [${test.project.name}] ${test.module.relativeModuleId} > ${test.fullName}`)
      for (const { message } of test.result().errors ?? []) console.log(`    ${message.split('\n', 1)[0]}`)
    }
  }
}
