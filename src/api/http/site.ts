import type { FastifyInstance } from 'fastify'
import type { Api } from '../api.ts'
import { type AppOptions, makeApp } from './app.ts'
import { type Door, TokenDoor } from './authenticate.ts'
import { addEvents } from './events-route.ts'
import { addMetrics } from './metrics-route.ts'
import { addOpenApi } from './openapi-route.ts'
import { type Page, pageFolder, readPage } from './page-files.ts'
import { addPage, type PageGuard } from './page-route.ts'
import { addRoutes } from './routes.ts'
import { addSession } from './session-route.ts'

export interface SiteOptions extends AppOptions {
  door: Door
  /** Throws `FW_API_STARTING` while there is no store yet. */
  api: () => Api
  /** The path below which it is reached: none, or `/jobs-ui`. */
  base: string
  /** The web page is served too. */
  ui: boolean
  /** Where the built page is, if not where the build puts it. */
  pageFolder?: string | undefined
  pageGuard?: PageGuard
}

export interface Site {
  app: FastifyInstance
  /** Undefined where none is wanted, or none was built. */
  page: Page | undefined
}

/** The whole API and the web page, on a server that does not listen yet. */
export async function makeSite(options: SiteOptions): Promise<Site> {
  const { door, api, base, ui, pageGuard } = options
  const app = makeApp(options)
  const page = ui ? await readPage(options.pageFolder ?? pageFolder(), `${base}/`) : undefined
  if (ui) addPage(app, page, pageGuard)
  if (door instanceof TokenDoor) {
    addSession(app, door, api, { secure: options.tls !== undefined || options.behindProxy, path: base || '/' })
  }
  addEvents(app, door, api)
  addOpenApi(app, door)
  addMetrics(app, door, api)
  addRoutes(app, door, api)
  return { app, page }
}
