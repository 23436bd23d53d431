import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemEnv } from '../base/env.ts'
import { askControl, listenForControl } from './control.ts'
import { controlFolder, controlPathOf, findControls } from './control-path.ts'
import { watchFile } from './watch-file.ts'

let folder: string
const open: { close(): unknown }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiber-work-control-'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const one of open.splice(0)) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

const reloaded = { replaced: 1, processes: 1 }

async function listening(path: string, reload = async () => reloaded, own = false) {
  const one = await listenForControl(path, { reload }, { ownFolder: own })
  open.push(one)
  return one
}

/** What comes back for these bytes. */
function raw(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(path, () => socket.write(text))
    socket
      .on('data', (chunk) => (heard += String(chunk)))
      .on('close', () => resolve(heard))
      .on('error', reject)
  })
}

describe('the control socket', () => {
  test('answers what came of a reload, and is for its user alone', async () => {
    const path = join(folder, 'deep', 'a.sock')
    const mask = process.umask()
    await listening(path, undefined, true)
    expect(await askControl(path, 'reload')).toEqual({ reloaded })
    expect([statSync(path).mode & 0o777, statSync(join(folder, 'deep')).mode & 0o777]).toEqual([0o600, 0o700])
    expect(process.umask()).toBe(mask)
  })

  test.each([
    ['{"do":"stop"}\n', /the only request is/],
    ['null\n', /the only request is/],
    ['not json\n', /JSON/],
    ['x'.repeat(5_000), /JSON/],
  ])('%j gets an error, and nothing is reloaded', async (text, says) => {
    const path = join(folder, 'a.sock')
    const reload = vi.fn<() => Promise<typeof reloaded>>()
    await listening(path, reload)
    expect((JSON.parse(await raw(path, text)) as { error: string }).error).toMatch(says)
    expect(reload).not.toHaveBeenCalled()
  })

  test('a reload that breaks is told', async () => {
    const path = join(folder, 'a.sock')
    await listening(path, async () => Promise.reject(new Error('no')))
    expect(await askControl(path, 'reload')).toEqual({ error: 'no' })
  })

  test('a supervisor that ends before it has answered', async () => {
    const path = join(folder, 'a.sock')
    const one = await listening(path, () => new Promise(() => {}))
    const asked = askControl(path, 'reload')
    await new Promise((resolve) => setTimeout(resolve, 50))
    await one.close()
    await expect(asked).rejects.toThrow('ended before it answered')
    await expect(askControl(path, 'reload')).rejects.toThrow('ENOENT')
  })

  test('what a killed process left behind is replaced; one that listens is not disturbed, nor a file', async () => {
    const path = join(folder, 'a.sock')
    await listening(path)
    await expect(listening(path)).rejects.toThrow('another supervisor listens')
    expect(await askControl(path, 'reload')).toEqual({ reloaded })
    const file = join(folder, 'file')
    writeFileSync(file, 'precious')
    await expect(listening(file)).rejects.toThrow('EADDRINUSE')
    expect(statSync(file).size).toBe(8)
  })

  test('a dead socket is taken over', async () => {
    const path = join(folder, 'a.sock')
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(path, resolve))
    // As SIGKILL leaves it: closed, and its file still there.
    const { spawnSync } = await import('node:child_process')
    other.close()
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ])
    expect(statSync(path).isSocket()).toBe(true)
    await listening(path)
    expect(await askControl(path, 'reload')).toEqual({ reloaded })
  })

  test('a folder that others may write to is not ours', async () => {
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o777)
    await expect(listening(join(shared, 'a.sock'), undefined, true)).rejects.toThrow('others may write')
  })
})

describe('where it is', () => {
  test('in the folder of the service, of the login, or in the temporary one', () => {
    expect(controlFolder({ RUNTIME_DIRECTORY: '/run/x:/run/y', XDG_RUNTIME_DIR: folder })).toBe('/run/x/control')
    expect(controlFolder({ XDG_RUNTIME_DIR: folder })).toBe(join(folder, 'fiber-work'))
    expect(controlFolder({ XDG_RUNTIME_DIR: join(folder, 'nowhere') })).toMatch(/fiber-work-\d+$/)
    expect(controlFolder({})).toBe(join(tmpdir(), `fiber-work-${process.getuid?.()}`))
  })

  test('found by the working folder, or by the pid', () => {
    vi.stubEnv('XDG_RUNTIME_DIR', folder)
    vi.stubEnv('RUNTIME_DIRECTORY', '')
    expect(findControls({})).toEqual([])
    mkdirSync(join(folder, 'fiber-work'))
    for (const [pid, where] of [
      [11, folder],
      [12, folder],
      [13, tmpdir()],
    ] as const)
      writeFileSync(controlPathOf(pid, where), '')
    writeFileSync(join(folder, 'fiber-work', 'other'), '')
    const pids = (asked: Parameters<typeof findControls>[0]) => findControls(asked).map(({ pid }) => pid)
    expect(new Set(pids({ folder }))).toEqual(new Set([11, 12]))
    expect(pids({ folder, pid: 13 })).toEqual([13])
    expect(pids({ folder: join(folder, 'fiber-work') })).toEqual([])
    expect(Buffer.byteLength(controlPathOf(4_194_304, '/x'.repeat(500)))).toBeLessThan(107)
  })
})

describe('a file that is watched', () => {
  const watching = (path: string) => {
    const changed = vi.fn<() => void>()
    const quick = { ...systemEnv, setTimer: (run: () => void) => systemEnv.setTimer(run, 40) }
    open.push({ close: watchFile(quick, path, changed) })
    return changed
  }
  const pause = () => new Promise((resolve) => setTimeout(resolve, 150))

  test('tells once of a change in steps, also of one that was put in its place; not of the same text, nor of a neighbour', async () => {
    const path = join(folder, 'a.json')
    writeFileSync(path, '1')
    const changed = watching(path)
    writeFileSync(join(folder, 'b.json'), '1')
    writeFileSync(path, '1')
    await pause()
    expect(changed).not.toHaveBeenCalled()
    writeFileSync(path, '')
    writeFileSync(path, '2')
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1))
    rmSync(path)
    await pause()
    writeFileSync(path, '3')
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2))
    await pause()
    expect(changed).toHaveBeenCalledTimes(2)
  })

  test('no more after its end', async () => {
    const path = join(folder, 'a.json')
    writeFileSync(path, '1')
    const changed = watching(path)
    await open.pop()!.close()
    writeFileSync(path, '2')
    await pause()
    expect(changed).not.toHaveBeenCalled()
  })
})
