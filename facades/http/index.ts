import type { HttpClient } from '../../src/contract/http.ts'
import { createHttp } from './client.ts'

export type {
  HttpBody,
  HttpClient,
  HttpHeaders,
  HttpInterceptor,
  HttpQuery,
  HttpRequest,
  HttpRequestOptions,
  HttpResponse,
  HttpRetry,
  HttpTimings,
} from '../../src/contract/http.ts'
export { createHttp, type OwnHttpClient } from './client.ts'
export { bindFetch } from './fetch.ts'
export { type Answerer, type HttpMock, mockHttp } from './mock.ts'
export { HttpStatusError } from './errors.ts'
export type { HttpOptions } from './options.ts'

/** The process's HTTP client, the same object as `job.http`. Nothing is loaded before its first request. */
export const Http: HttpClient = createHttp()
