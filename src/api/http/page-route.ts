import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Page, PageFile, PageForm } from './page-files.ts'
import { pageHeaders } from './page-headers.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A link on somebody else's page may lead here: what is answered tells nothing of this server. */
    page?: true
  }
}

/** What stands below these is no page, whoever asks. */
const reserved = /^\/(?:v1|healthz|readyz|metrics|assets)(?:\/|$)/
const yearSeconds = 31_536_000

const notBuilt = `The web page is not here: it is built with the rest (\`npm run build\`), and this checkout has not been built.
The API is: see /v1/openapi.json.
`

/** Answers whether the page is for whoever asks for it. */
export type PageGuard = (request: FastifyRequest) => Promise<boolean>

const everybody: PageGuard = async () => true
const notForYou = 'You are not logged in here, or may not see this page.\n'

/** The web page: its files by their names, and its `index.html` for every path that a person may have in the address bar. */
export function addPage(app: FastifyInstance, page: Page | undefined, guard: PageGuard = everybody): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    config: { page: true },
    async handler(request, reply) {
      const path = request.url.split('?', 1)[0]!
      const file = page?.files.get(path)
      if (file !== undefined) return send(file, request, reply)
      if (page !== undefined && isPage(path, request)) {
        return (await guard(request)) ? send(page.index, request, reply) : say(reply, 401, notForYou)
      }
      if (page !== undefined || reserved.test(path) || !isForPeople(request)) return reply.callNotFound()
      return say(reply, 404, notBuilt)
    },
  })
}

function say(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).headers(pageHeaders).type('text/plain; charset=utf-8').send(text)
}

function isPage(path: string, request: FastifyRequest): boolean {
  return path === '/' || (!reserved.test(path) && isForPeople(request))
}

function isForPeople({ headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.includes('text/html')
}

function send(file: PageFile, { headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { body, encoding, etag } = formFor(file, headers['accept-encoding'])
  reply
    .headers(pageHeaders)
    .header('cache-control', file.fixed ? `public, max-age=${yearSeconds}, immutable` : 'no-cache')
    .header('etag', etag)
    .header('vary', 'accept-encoding')
  if (headers['if-none-match'] === etag) return reply.code(304).send()
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.type(file.type).send(body)
}

/** The best that is accepted; what is refused by `q=0` is none. */
function formFor({ forms }: PageFile, accepted = ''): PageForm {
  const names = new Set(
    accepted
      .split(',')
      .filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
      .map((one) => one.split(';', 1)[0]!.trim().toLowerCase()),
  )
  return forms.find(({ encoding }) => encoding === undefined || names.has(encoding))!
}
