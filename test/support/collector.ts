import { serve, type TestServer } from './http.ts'

/** A span as it comes over OTLP/HTTP, as far as tests look at it. */
export interface Received {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Record<string, unknown>
}

interface Attribute {
  key: string
  value: Record<string, unknown>
}

interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] }
    scopeSpans: { spans: (Omit<Received, 'attributes'> & { attributes: Attribute[] })[] }[]
  }[]
}

export interface Collector extends AsyncDisposable {
  url: string
  spans: Received[]
  /** Of the process that sent last. */
  resource: Record<string, unknown>
  headers: Record<string, unknown>
  /** What came that was no JSON to `/v1/traces`. */
  strange: string[]
}

const plain = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

/** Takes OTLP/HTTP in JSON, as a collector does. */
export async function startCollector(): Promise<Collector> {
  const got = { spans: [] as Received[], resource: {}, headers: {}, strange: [] as string[] }
  const server: TestServer = await serve((request, response, body) => {
    got.headers = request.headers
    if (request.url !== '/v1/traces' || !request.headers['content-type']?.includes('json')) {
      got.strange.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
      return response.writeHead(400).end()
    }
    for (const { resource, scopeSpans } of (JSON.parse(body) as Export).resourceSpans) {
      got.resource = plain(resource.attributes)
      for (const { spans } of scopeSpans)
        got.spans.push(...spans.map((span) => ({ ...span, attributes: plain(span.attributes) })))
    }
    return response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  return Object.assign(got, { url: server.origin, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() })
}
