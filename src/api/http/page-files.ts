import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One file of the page, as it is sent. */
export interface PageFile {
  type: string
  /** Its name changes with its content: it may be kept for ever. */
  fixed: boolean
  /** As it is, and as the build has packed it, best first. */
  forms: PageForm[]
}

export interface PageForm {
  encoding: 'br' | 'gzip' | undefined
  etag: string
  body: Buffer
}

/** The built page: everything that may be asked for, by its path. */
export interface Page {
  index: PageFile
  files: ReadonlyMap<string, PageFile>
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}
const packings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const
const indexName = 'index.html'

/** Where the build puts the page: beside the compiled code, and in a checkout in `dist/`. */
export function pageFolder(): string {
  const own = import.meta.url
  return fileURLToPath(new URL(own.endsWith('.ts') ? '../../../dist/dashboard/web/' : '../../../dashboard/web/', own))
}

/**
 * Reads all of it once: only what is there now is ever served, by the names that are found here. `base` is the path below which it stands,
 * `/` or `/jobs-ui/`: the page finds everything from its `<base>`. Undefined where nothing was built.
 */
export async function readPage(folder: string, base: string): Promise<Page | undefined> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => [])
  if (!names.includes(indexName)) return undefined
  const files = new Map<string, PageFile>()
  for (const name of names) {
    const type = types[extname(name)]
    if (type === undefined || name === indexName) continue
    const path = `/${name.split(sep).join('/')}`
    files.set(path, { type, fixed: path.startsWith('/assets/'), forms: await formsOf(folder, name, names) })
  }
  const html = (await readFile(join(folder, indexName), 'utf8')).replace('<base href="/"', `<base href="${base}"`)
  return { index: { type: types['.html']!, fixed: false, forms: [form(Buffer.from(html), undefined)] }, files }
}

async function formsOf(folder: string, name: string, names: readonly string[]): Promise<PageForm[]> {
  const packed = packings.filter(([, suffix]) => names.includes(name + suffix))
  return Promise.all(
    [...packed, [undefined, ''] as const].map(async ([encoding, suffix]) =>
      form(await readFile(join(folder, name + suffix)), encoding),
    ),
  )
}

function form(body: Buffer, encoding: PageForm['encoding']): PageForm {
  return { body, encoding, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
