// `npm run docs`: writes the pages that are made from the source. With --check it only says whether they are current.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCodes } from '../src/contract/errors.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pages = { 'docs/errors.md': errorsPage() }

for (const [path, page] of Object.entries(pages)) {
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), page)
  } else if (current(path) !== page) {
    console.error(`${path} is not what the source says: run \`npm run docs\``)
    process.exitCode = 1
  }
}

function current(path) {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}

function errorsPage() {
  const entries = Object.entries(errorCodes).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const sections = entries.map(([code, { retryable, meaning, remedy }]) =>
    [
      `## ${code}`,
      '',
      meaning,
      '',
      `**What to do:** ${remedy}`,
      '',
      `**Retryable:** ${retryable ? 'yes' : 'no'}.`,
      '',
    ].join('\n'),
  )
  return `# Error codes

<!-- Made by \`npm run docs\` from src/contract/errors.ts: edit it there. -->

Every error that leaves fiber-work is a \`FiberWorkError\` with a \`code\`. Codes are API: they keep their meaning, messages may
change. *Retryable* says whether the same call may succeed later without anybody changing anything.

${sections.join('\n')}`
}
