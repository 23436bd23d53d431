import type { BulkPreview, BulkTaskView } from '../operations/bulk.ts'
import type { DefinitionView } from '../operations/definitions.ts'
import type { Filter } from '../schemas/common.ts'
import type { BatchAnswer, JobPageView, JobView, Outcome, ResultView, Submission, Submitted } from '../schemas/job.ts'
import { newId } from './new-id.ts'
import { part, type Transport } from './transport.ts'

const batchMax = 1_000
const batchesAtOnce = 4

export interface Page {
  /** 1 to 500; 50 by default. */
  limit?: number
  cursor?: string
}

export interface LogLine {
  at: string
  level: string
  message: string
  fields?: unknown
}

type Options = { signal?: AbortSignal }

/** A request takes 4 MiB, and a character three bytes at most. */
const batchCharsMax = 1_300_000

/** Where each request begins, of as many jobs as it may have. */
function startsOf(jobs: readonly Submission[]): number[] {
  const starts: number[] = []
  let left = 0
  for (const [at, job] of jobs.entries()) {
    // With room for an id and a comma.
    const chars = JSON.stringify(job).length + 64
    if (chars > left || at - (starts.at(-1) ?? 0) >= batchMax) {
      starts.push(at)
      left = batchCharsMax
    }
    left -= chars
  }
  return starts
}

/** Jobs, one by one, in batches, or by a filter. Every method throws `ApiError`. */
export class JobsApi {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /**
   * Enqueue a job. It gets an id here, so that it can be sent again when there was no answer. With `idempotencyKey` a later call of another
   * process finds the same job, for a day.
   */
  async submit(
    job: Submission,
    { idempotencyKey, signal }: Options & { idempotencyKey?: string } = {},
  ): Promise<Submitted> {
    const body = idempotencyKey === undefined && job.id === undefined ? { ...job, id: newId() } : job
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
    const answer = (await this.#transport.call({
      method: 'POST',
      path: '/v1/jobs',
      body,
      headers,
      repeatable: true,
      signal,
    })) as Submitted
    // Our own id is there already when the answer to the first try was lost.
    return body !== job && answer.id === body.id
      ? { ...answer, outcome: answer.outcome === 'duplicate' ? 'added' : answer.outcome }
      : answer
  }

  /** Enqueue any number, up to a thousand a request, four requests at once; one answer for each, in order. */
  async submitMany(jobs: readonly Submission[], { signal }: Options = {}): Promise<BatchAnswer['jobs']> {
    const answers: BatchAnswer['jobs'] = Array.from({ length: jobs.length })
    const starts = startsOf(jobs)
    const ends = [...starts.slice(1), jobs.length]
    const lane = async () => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const own = jobs.slice(start, ends.shift()).map((job) => (job.id === undefined ? { ...job, id: newId() } : job))
        const answer = (await this.#transport.call({
          method: 'POST',
          path: '/v1/jobs/batch',
          body: { jobs: own },
          repeatable: true,
          signal,
        })) as BatchAnswer
        for (const [index, one] of answer.jobs.entries()) answers[start + index] = one
      }
    }
    await Promise.all(Array.from({ length: batchesAtOnce }, lane))
    return answers
  }

  /** Newest first, a page at a time; a page may be short and have a cursor all the same. `reveal`: secrets too, for an admin; it is audited. */
  list(
    filter: Filter = {},
    { limit, cursor, reveal, signal }: Page & Options & { reveal?: boolean } = {},
  ): Promise<JobPageView> {
    const { states, ...rest } = filter
    const query = { ...rest, state: states, limit, cursor, reveal }
    return this.#transport.call({ method: 'GET', path: '/v1/jobs', query, signal }) as Promise<JobPageView>
  }

  /** All that a filter means, page by page. */
  async *all(
    filter: Filter = {},
    { limit = 500, cursor: from, reveal, signal }: Page & Options & { reveal?: boolean } = {},
  ): AsyncGenerator<JobPageView> {
    for (let cursor = from; ;) {
      const page = await this.list(filter, {
        limit,
        ...(reveal !== undefined && { reveal }),
        ...(cursor !== undefined && { cursor }),
        ...(signal && { signal }),
      })
      yield page
      if (page.cursor === null) return
      cursor = page.cursor
    }
  }

  /** `reveal`: secrets too, for an admin; it is written to the audit log. */
  get(id: string, { reveal, signal }: Options & { reveal?: boolean } = {}): Promise<JobView> {
    return this.#transport.call({
      method: 'GET',
      path: `/v1/jobs/${part(id)}`,
      query: { reveal },
      signal,
    }) as Promise<JobView>
  }

  /** What a job has come to; `waitMs` (up to 60 s) waits for its end. One that is not known has the state `unknown`. */
  result(id: string, { waitMs = 0, signal }: Options & { waitMs?: number } = {}): Promise<ResultView> {
    return this.#transport.call({
      method: 'GET',
      path: `/v1/jobs/${part(id)}/result`,
      query: { waitMs },
      signal,
      answers: [404],
    }) as Promise<ResultView>
  }

  /** What jobs have come to, as soon as it is known, in no order: each of them once, when it has ended or nothing is known of it. */
  async *results(
    ids: readonly string[],
    { waitMs = 20_000, signal }: Options & { waitMs?: number } = {},
  ): AsyncGenerator<ResultView> {
    let open = [...new Set(ids)]
    while (open.length > 0) {
      const asked = open.slice(0, batchMax)
      const { results } = (await this.#transport.call({
        method: 'POST',
        path: '/v1/jobs/results',
        body: { ids: asked, waitMs },
        repeatable: true,
        signal,
      })) as { results: ResultView[] }
      const left: string[] = []
      for (const one of results) {
        if (one.settled || one.state === 'unknown') yield one
        else left.push(one.id)
      }
      // Those that take long go to the end of the line.
      open = [...open.slice(batchMax), ...left]
    }
  }

  /** Which jobs may be enqueued: their queues, their defaults, and the JSON Schemas of their inputs. */
  async definitions({ signal }: Options = {}): Promise<DefinitionView[]> {
    const answer = await this.#transport.call({ method: 'GET', path: '/v1/definitions', signal })
    return (answer as { definitions: DefinitionView[] }).definitions
  }

  /** What its worker has kept of its log. */
  log(id: string): Promise<{ lines: LogLine[]; kept: boolean }> {
    return this.#transport.call({ method: 'GET', path: `/v1/jobs/${part(id)}/log` }) as Promise<{
      lines: LogLine[]
      kept: boolean
    }>
  }

  cancel(id: string): Promise<Outcome> {
    return this.#transport.call({
      method: 'POST',
      path: `/v1/jobs/${part(id)}/cancel`,
      repeatable: true,
    }) as Promise<Outcome>
  }

  retry(id: string): Promise<Outcome> {
    return this.#transport.call({ method: 'POST', path: `/v1/jobs/${part(id)}/retry` }) as Promise<Outcome>
  }

  /** Once more as a new job: as it was, with another `input`, or with a JSON merge patch of it. */
  rerun(id: string, edit: { input?: unknown; patch?: unknown } = {}): Promise<Submitted> {
    return this.#transport.call({
      method: 'POST',
      path: `/v1/jobs/${part(id)}/rerun`,
      body: edit,
    }) as Promise<Submitted>
  }

  remove(id: string): Promise<Outcome> {
    return this.#transport.call({ method: 'DELETE', path: `/v1/jobs/${part(id)}` }) as Promise<Outcome>
  }

  /** Act on up to 500 jobs by their ids. */
  act(
    action: 'cancel' | 'retry' | 'remove',
    ids: readonly string[],
  ): Promise<{ jobs: Outcome[]; outcomes: Record<string, number> }> {
    return this.#transport.call({ method: 'POST', path: '/v1/actions', body: { action, ids } }) as Promise<{
      jobs: Outcome[]
      outcomes: Record<string, number>
    }>
  }
}

/** Actions on all jobs that a filter means. Every method throws `ApiError`. */
export class BulkApi {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** How many it would be, and a few of them. */
  preview(action: BulkTaskView['action'], filter: Filter): Promise<BulkPreview> {
    return this.#transport.call({
      method: 'POST',
      path: '/v1/bulk/preview',
      body: { action, filter },
      repeatable: true,
    }) as Promise<BulkPreview>
  }

  /** Begins it; ask `get` how far it is. */
  start(
    action: BulkTaskView['action'],
    filter: Filter,
    { ratePerSecond }: { ratePerSecond?: number } = {},
  ): Promise<BulkTaskView> {
    return this.#transport.call({
      method: 'POST',
      path: '/v1/bulk',
      body: { action, filter, ratePerSecond },
    }) as Promise<BulkTaskView>
  }

  async list(): Promise<BulkTaskView[]> {
    return ((await this.#transport.call({ method: 'GET', path: '/v1/bulk' })) as { tasks: BulkTaskView[] }).tasks
  }

  get(id: string): Promise<BulkTaskView> {
    return this.#transport.call({ method: 'GET', path: `/v1/bulk/${part(id)}` }) as Promise<BulkTaskView>
  }

  cancel(id: string): Promise<BulkTaskView> {
    return this.#transport.call({
      method: 'POST',
      path: `/v1/bulk/${part(id)}/cancel`,
      repeatable: true,
    }) as Promise<BulkTaskView>
  }
}
