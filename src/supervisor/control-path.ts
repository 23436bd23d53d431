import { createHash } from 'node:crypto'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** The folder of this user's control sockets: of the service (systemd's `RuntimeDirectory=`), of the login, or in the temporary folder. */
export function controlFolder(env: NodeJS.ProcessEnv = process.env): string {
  const service = env['RUNTIME_DIRECTORY']?.split(':')[0]
  if (service) return join(service, 'control')
  const login = env['XDG_RUNTIME_DIR']
  if (login && existsSync(login)) return join(login, 'fiber-work')
  return join(tmpdir(), `fiber-work-${userInfo().uid}`)
}

/** Where a supervisor with this pid, working in this folder, listens. */
export function controlPathOf(pid: number, folder = process.cwd()): string {
  return join(controlFolder(), `${markOf(folder)}-${pid}.sock`)
}

export interface Found {
  pid: number
  path: string
}

/** The sockets of the supervisors that work in this folder, or of the one with this pid. One may be left over from a process that was killed. */
export function findControls({ folder = process.cwd(), pid }: { folder?: string; pid?: number | undefined }): Found[] {
  const all = controlFolder()
  if (!existsSync(all)) return []
  return readdirSync(all).flatMap((name) => {
    const [, mark, number] = /^([0-9a-f]{12})-(\d+)\.sock$/.exec(name) ?? []
    const isMeant = pid === undefined ? mark === markOf(folder) : Number(number) === pid
    return number !== undefined && isMeant ? [{ pid: Number(number), path: join(all, name) }] : []
  })
}

/** A path may have 100 bytes: the folder is told apart by a part of its hash. */
function markOf(folder: string): string {
  return createHash('sha256')
    .update(existsSync(folder) ? realpathSync(folder) : folder)
    .digest('hex')
    .slice(0, 12)
}
