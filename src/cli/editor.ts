import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FiberWorkError } from '../contract/errors.ts'
import { parseInput } from './input.ts'

/** What $VISUAL, $EDITOR or vi leaves of a JSON text. The file is readable by its owner only, and gone afterwards. Throws `FW_CONFIG_INVALID`, `FW_INPUT_INVALID`. */
export async function editJson(value: unknown): Promise<unknown> {
  const { VISUAL, EDITOR } = process.env
  const editor = [VISUAL, EDITOR, 'vi'].find((name) => name !== undefined && name.trim() !== '')!
  const folder = await mkdtemp(join(tmpdir(), 'fiber-work-edit-'))
  try {
    const path = join(folder, 'input.json')
    await writeFile(path, `${JSON.stringify(value, undefined, 2) ?? 'null'}\n`, { mode: 0o600 })
    await run(editor, path)
    return parseInput(await readFile(path, 'utf8'), 'as it was left in the editor')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** By the shell, since an editor is often a command with arguments: `code --wait`. */
function run(editor: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' })
    child.once('error', (cause) => reject(failed(editor, cause.message, cause)))
    child.once('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(failed(editor, `it ended with ${signal ?? code}`))
    })
  })
}

const failed = (editor: string, why: string, cause?: Error) =>
  new FiberWorkError(
    'FW_CONFIG_INVALID',
    `The editor ${JSON.stringify(editor)} ($VISUAL, $EDITOR) failed: ${why}. Nothing is run.`,
    { cause },
  )
