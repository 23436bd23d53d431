import type { ErrorMeaning } from './error-meaning.ts'

/** What the core, the command line and the drivers say. */
export const coreErrors = {
  FW_BODY_INVALID: {
    retryable: false,
    meaning: 'The stored input of a job is not what fiber-work wrote: cut off, damaged or foreign.',
    remedy: 'The job is dead with its body kept; look at it with `fiber-work status ID`.',
  },
  FW_BODY_SEALED: {
    retryable: false,
    meaning:
      'The encrypted input or result of a job cannot be opened: it was changed, cut off, moved from another job, or is not encrypted where it has to be.',
    remedy:
      'The job is dead with its body kept. Find out who writes to the store; a key of the same id with other bytes looks the same.',
  },
  FW_BODY_TOO_LARGE: {
    retryable: false,
    meaning: 'The sealed input of a job is larger than the limit.',
    remedy: 'Store the data elsewhere and enqueue a reference, or raise `bodyBytesMax` in `connect`.',
  },
  FW_CALL_TIMEOUT: {
    retryable: true,
    meaning: 'A call to the store or to an outside resource did not answer before its deadline.',
    remedy: 'Look at the health of what was called; raise the deadline if it is only slow.',
  },
  FW_COMMIT_STALE: {
    retryable: true,
    meaning:
      '`job.commit` came after the job was taken back: its transaction was rolled back, and nothing was written.',
    remedy: 'Nothing: the job runs elsewhere. Look for a blocked event loop if it happens often.',
  },
  FW_COMMIT_UNKNOWN: {
    retryable: true,
    meaning:
      'The connection was lost while `job.commit` committed, and the store could not be asked what has become of it.',
    remedy:
      'Nothing: if it took place, effects and `done` are both there, and the job does not run again; else neither is, and it does.',
  },
  FW_CONFIG_INVALID: {
    retryable: false,
    meaning: 'An option is unknown or has a value that is not allowed.',
    remedy: 'The message names the option, the value, what is allowed and the nearest known name.',
  },
  FW_CONFIG_UNREADABLE: {
    retryable: false,
    meaning: 'A config file or a job file could not be loaded.',
    remedy: 'The message names the file and what is wrong with it.',
  },
  FW_CONNECT_FAILED: {
    retryable: true,
    meaning: 'The store could not be opened.',
    remedy: 'Check the URL, the permissions and that the server is up; `fiber-work doctor` tells more.',
  },
  FW_DRIVER_CLOSED: {
    retryable: false,
    meaning: 'The driver was used before `open()` or after `close()`.',
    remedy: 'Open it first; do not use a client after it was closed.',
  },
  FW_DRIVER_MISSING: {
    retryable: false,
    meaning: 'The URL names a driver that does not exist, or whose client package is not installed.',
    remedy: 'The message says which schemes exist, or which package to install.',
  },
  FW_DRIVER_TRAIT: {
    retryable: false,
    meaning: 'The store cannot do what was asked, and the core cannot make up for it.',
    remedy: 'The message names the trait; use a store that has it.',
  },
  FW_EGRESS_DENIED: {
    retryable: false,
    meaning:
      'A webhook would have gone where none may: not over https, to another port than 443 or 8443, or to an address that is not public.',
    remedy: 'Give it a public https URL; `alertWebhookPrivate` allows the others, where that is meant.',
  },
  FW_GUARDIAN_FAILED: {
    retryable: true,
    meaning: 'The thread that renews the lease and watches the event loop does not work, or not fully.',
    remedy: 'The message says why; meanwhile the event loop renews the lease itself. `guardian: false` does without.',
  },
  FW_HANDLER_EXIT: {
    retryable: true,
    meaning: 'A handler called `process.exit()` or the like; the job failed and the worker went on.',
    remedy: 'Throw instead, or throw `GiveUp` to end the job.',
  },
  FW_HANDLER_TIMEOUT: {
    retryable: true,
    meaning: 'A job ran longer than its `timeoutMs`.',
    remedy: 'Raise `timeoutMs`, or make the handler faster; its signal was aborted.',
  },
  FW_INPUT_INVALID: {
    retryable: false,
    meaning: "The input does not satisfy the job's schema.",
    remedy: 'The message lists each problem with its path.',
  },
  FW_INPUT_NOT_JSON: {
    retryable: false,
    meaning: 'The input cannot be written as JSON and read back the same (circular, BigInt, Map, NaN, too deep).',
    remedy: 'The message names the path; send plain data and let the schema coerce it.',
  },
  FW_JOB_CANCELLED: {
    retryable: false,
    meaning: 'The job was cancelled.',
    remedy: 'Nothing, if that was meant.',
  },
  FW_JOB_DEAD: {
    retryable: false,
    meaning: 'The job whose result was awaited has died.',
    remedy: 'The message has its last error; `fiber-work retry ID` runs it again.',
  },
  FW_JOB_INVALID: {
    retryable: false,
    meaning: 'A job, a definition or an enqueue option is malformed.',
    remedy: 'The message names the option, the value and what is allowed.',
  },
  FW_JOB_POLLUTED: {
    retryable: true,
    meaning:
      'Under `isolation: strict` a job changed what all jobs share: the environment, a global, a prototype, the working directory.',
    remedy:
      'The message names what it changed; all of it was undone where that can be done. Keep such things in the job, or declare them before the worker starts.',
  },
  FW_JOB_SETTLED: {
    retryable: false,
    meaning: 'A facade was used by a job that has already ended.',
    remedy: 'Await everything that a handler starts.',
  },
  FW_JOB_UNKNOWN: {
    retryable: false,
    meaning: 'There is no job with this id (never was, or its history was trimmed).',
    remedy: 'Check the id and how long results are kept (`keep`).',
  },
  FW_KEY_UNKNOWN: {
    retryable: false,
    meaning: 'An input or a result is encrypted, or has to be, and its key is not among those of this process.',
    remedy:
      'Give the process the key that the message names (`encryption`, FIBER_WORK_ENCRYPTION_KEYS); then retry the dead job: its body is kept.',
  },
  FW_LEASE_REVOKED: {
    retryable: true,
    meaning: "The worker's session was taken back; its jobs run elsewhere.",
    remedy: 'Nothing: the job runs again. Look for a blocked event loop if it happens often.',
  },
  FW_NAME_INVALID: {
    retryable: false,
    meaning: 'A queue, job, group or unique name holds characters or a length that is not allowed.',
    remedy: 'The message says what is allowed.',
  },
  FW_NODE_TOO_OLD: {
    retryable: false,
    meaning: 'This Node is older than 24.15.',
    remedy: 'Install Node 24.15 or newer.',
  },
  FW_OUTBOX_FULL: {
    retryable: true,
    meaning: 'More jobs wait in the outbox than it may hold: their broker has been away for long, or no relay runs.',
    remedy:
      'Look at the broker, and at `outbox.failed` in the log of those who relay; the transaction was rolled back.',
  },
  FW_OUTSIDE_JOB: {
    retryable: false,
    meaning: 'Something that only a running job has was asked for outside of one.',
    remedy:
      'Ask below a handler, bind callbacks and listeners with `bind()`, or take `maybeCurrent()` where code also runs elsewhere.',
  },
  FW_PACKAGE_MISSING: {
    retryable: false,
    meaning: 'Something was asked for that needs packages which are not installed.',
    remedy: 'The message says which packages to install.',
  },
  FW_QUEUE_FULL: {
    retryable: true,
    meaning: 'The queue has reached its `depthMax`.',
    remedy: 'Slow the producer down, add workers, or raise `depthMax`.',
  },
  FW_QUEUE_UNKNOWN: {
    retryable: false,
    meaning: 'The worker does not work a queue of this name.',
    remedy: 'The message names those that it works.',
  },
  FW_RELOAD_REFUSED: {
    retryable: true,
    meaning: 'A new worker process did not come up (its configuration, its code, the store), and the old ones go on.',
    remedy: 'The message has what it said; put it right, and reload again.',
  },
  FW_RESULT_TIMEOUT: {
    retryable: true,
    meaning: 'A job did not end before the deadline of `result()`.',
    remedy: 'Wait longer, or look at `fiber-work status ID`.',
  },
  FW_RESULT_TOO_LARGE: {
    retryable: false,
    meaning: 'What a handler returned is larger than `resultBytesMax` or is not JSON.',
    remedy: 'Return a reference. The job is done; only its result was dropped.',
  },
  FW_SHUTDOWN: {
    retryable: true,
    meaning: 'The worker is stopping; the job goes back to its queue and no attempt is burned.',
    remedy: 'Nothing.',
  },
  FW_SCHEDULE_INVALID: {
    retryable: false,
    meaning: 'A schedule is malformed: its times, its time zone or what it enqueues.',
    remedy: 'The message names the field, the value and what is allowed.',
  },
  FW_SCHEDULE_UNKNOWN: {
    retryable: false,
    meaning: 'There is no schedule with this id.',
    remedy: '`fiber-work schedules` lists them.',
  },
  FW_STORE_CORRUPT: {
    retryable: false,
    meaning: 'The store answered that its data is damaged, or is not a fiber-work store.',
    remedy: 'The message names the file; restore it from a backup or move it away.',
  },
  FW_STORE_FAILED: {
    retryable: true,
    meaning: 'The store refused or broke off a call.',
    remedy: 'The cause says why; the worker repeats the call under the same call id.',
  },
  FW_STORE_FULL: {
    retryable: true,
    meaning: 'The store has no space left.',
    remedy: 'Free space; nothing that was acknowledged is lost.',
  },
  FW_STORE_NEWER: {
    retryable: false,
    meaning: 'The store was written by a newer fiber-work than this one understands.',
    remedy: 'Upgrade this process.',
  },
  FW_STORE_READONLY: {
    retryable: false,
    meaning: 'The store cannot be written.',
    remedy: 'Check the permissions of the file and of its folder.',
  },
  FW_STRAY_ERROR: {
    retryable: true,
    meaning: 'A rejection or exception that nobody awaited or caught was pinned on this job.',
    remedy: 'Await every promise that the handler starts; listen to the `error` event of every emitter.',
  },
  FW_SUPERVISOR_ABSENT: {
    retryable: false,
    meaning: 'There is no supervisor to talk to, or more than one.',
    remedy: 'The message says where it was looked for; `--pid` or `--control` names the one that is meant.',
  },
  FW_SUSPECT: {
    retryable: true,
    meaning: 'The process died, or had to be restarted, while this job ran; it may not be the culprit.',
    remedy:
      'Nothing: it runs again, and no attempt is burned. After a crash that is on probation; after an uncaught exception in a quarter of its age, in case that it was the culprit.',
  },
  FW_THREAD_ENDED: {
    retryable: true,
    meaning: 'The thread that ran a job ended under it, or could not be started.',
    remedy: 'The message says what is known; the job is tried again, in another thread.',
  },
  FW_THREAD_HANDLER: {
    retryable: false,
    meaning: 'A thread cannot find the handler of a definition with `lane: "thread"` again.',
    remedy:
      'Define it at the top of a file that only defines jobs; the message names the file and what was found there.',
  },
  FW_THREAD_MEMORY: {
    retryable: true,
    meaning: 'A job in a thread needed more memory than its `memoryMbMax` (or than Node gives a thread).',
    remedy: 'Raise `memoryMbMax`, or let the job hold less at once. The process and the other jobs are not touched.',
  },
  FW_THREAD_VALUE: {
    retryable: false,
    meaning: 'An input or a result cannot be copied from one thread to another: it holds a function or the like.',
    remedy: 'Hand over plain data; the message names what could not be copied.',
  },
  FW_UPGRADE_FAILED: {
    retryable: false,
    meaning: "A stored input is of a version that the definition's `upgrade` could not carry over.",
    remedy: 'Extend `upgrade`; then retry the dead job.',
  },
  FW_WASM_INVALID: {
    retryable: false,
    meaning:
      'A WebAssembly handler has no module that can run: it is missing, damaged, or lacks what the interface needs.',
    remedy: 'The message says what is wrong; docs/threads.md has the interface.',
  },
  FW_WORKER_STARTING: {
    retryable: true,
    meaning: 'A worker process was asked for something that it can only do once it works.',
    remedy: 'Ask again in a moment.',
  },
} as const satisfies Record<string, ErrorMeaning>
