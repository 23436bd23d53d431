import { ReplyError } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { FiberWorkError } from '../../src/contract/index.ts'
import { isNoScript, leadsAstray, toConnectError, toFiberWorkError } from '../redis-common/errors.ts'

const reply = (message: string): Error => new (ReplyError as new (message: string) => Error)(message)
const system = (code: string, message = code): Error => Object.assign(new Error(message), { code })
const at = { server: 'redis://h:6379', verb: 'settle' }

describe('what a server replies', () => {
  test.each<[string, string, boolean]>([
    ['WRONGPASS invalid username-password pair or user is disabled.', 'FW_CONNECT_FAILED', false],
    ['NOAUTH Authentication required.', 'FW_CONNECT_FAILED', false],
    ["NOPERM this user has no permissions to run the 'eval' command", 'FW_STORE_FAILED', false],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'FW_STORE_FULL', true],
    ['LOADING Redis is loading the dataset in memory', 'FW_STORE_FAILED', true],
    ['MISCONF Redis is configured to save RDB snapshots, but it is currently not able to', 'FW_STORE_FAILED', true],
    ["READONLY You can't write against a read only replica.", 'FW_STORE_FAILED', true],
    ['UNBLOCKED force unblock from blocking operation', 'FW_STORE_FAILED', true],
    ['NOSCRIPT No matching script. Please use EVAL.', 'FW_STORE_FAILED', true],
    ['BUSY Redis is busy running a script.', 'FW_STORE_FAILED', true],
    ['CLUSTERDOWN The cluster is down', 'FW_STORE_FAILED', true],
    ['MOVED 3999 127.0.0.1:6381', 'FW_STORE_FAILED', true],
    ['ASK 3999 127.0.0.1:6381', 'FW_STORE_FAILED', true],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'FW_STORE_FAILED', true],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'FW_STORE_FAILED', false],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'FW_STORE_CORRUPT', false],
    ['ERR max number of clients reached', 'FW_CONNECT_FAILED', true],
    ["ERR The user executing the script can't run this command or subcommand", 'FW_STORE_FAILED', false],
    ['ERR syntax error', 'FW_STORE_FAILED', false],
    ['ERR Unhealthy sentinels are unreachable', 'FW_STORE_FAILED', false],
  ])('%s', (message, code, retryable) => {
    const told = toFiberWorkError(reply(message), at)
    expect([told.code, told.retryable]).toEqual([code, retryable])
    expect(told.message).toContain('redis://h:6379: settle: ')
    expect(told.message).toContain(message)
  })

  test('names the line of our script that met a foreign value', () => {
    const script = {
      name: 'settle',
      text: "local P = KEYS[1]\nreturn redis.call('HGET', P .. 'jobs', 'a')",
      sha: 'f'.repeat(40),
    }
    const message = `WRONGTYPE Operation against a key script: ${script.sha}, on @user_script:2.`
    expect(toFiberWorkError(reply(message), { ...at, script }).message).toContain(
      "at line 2 of settle: return redis.call('HGET', P .. 'jobs', 'a')",
    )
  })

  test.each([
    ['FW_LEASE_REVOKED the session was taken back', 'the session was taken back', true],
    ['FW_STORE_NEWER format 9 script: 0123456789012345678901234567890123456789, on @user_script:3.', 'format 9', false],
  ])('our own scripts say it with a code: %s', (message, says, retryable) => {
    expect(toFiberWorkError(reply(message), at)).toMatchObject({
      code: message.split(' ')[0],
      message: says,
      retryable,
    })
  })

  test('what looks like a code and is none is no code', () => {
    expect(toFiberWorkError(reply('FW_NO_SUCH thing'), at).code).toBe('FW_STORE_FAILED')
  })
})

describe('what a socket says', () => {
  test.each<[string, string, boolean]>([
    ['ECONNREFUSED', 'nobody listens there', true],
    ['ENOTFOUND', 'no host of this name', true],
    ['ETIMEDOUT', 'did not answer in time', true],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'another host name', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'give its CA', false],
    ['CERT_HAS_EXPIRED', 'has expired', false],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'client certificate', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS', false],
    ['CERT_SOMETHING_NEW', 'no TLS connection', false],
  ])('%s', (code, says, retryable) => {
    const told = toFiberWorkError(system(code), at)
    expect(told).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable })
    expect(told.message).toContain(says)
  })

  test('a cut is a failed call, and before that a failed connection', () => {
    expect(toFiberWorkError(new Error('Connection is closed.'), at)).toMatchObject({
      code: 'FW_STORE_FAILED',
      retryable: true,
    })
    const target = { address: 'redis://h:6379', options: {} }
    const told = toConnectError(new Error('Connection is closed.'), target)
    expect(told).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    expect(told.message).toContain('rediss://')
    expect(toConnectError(system('ECONNRESET'), { ...target, options: { tls: {} } }).message).not.toContain('rediss://')
  })
})

test('errors of ours pass', () => {
  const own = new FiberWorkError('FW_CALL_TIMEOUT', 'no answer')
  expect(toFiberWorkError(own, at)).toBe(own)
})

test('the cause keeps no arguments: they hold the bodies of jobs', () => {
  const error = Object.assign(reply('ERR no'), { command: { name: 'evalsha', args: ['the body'] } })
  expect(toFiberWorkError(error, at).cause).not.toHaveProperty('command')
})

test('no password is shown', () => {
  expect(toFiberWorkError(new Error('cannot use redis://ada:geheim@h'), at).message).not.toContain('geheim')
})

test.each([
  ['READONLY x', true],
  ['MOVED 1 h:1', true],
  ['NOAUTH x', true],
  ['UNBLOCKED x', true],
  ['NOREPLICAS x', true],
  ['OOM x', false],
  ['LOADING x', false],
])('%s: leads astray: %s', (message, astray) => {
  expect([leadsAstray(reply(message)), leadsAstray(new Error(message))]).toEqual([astray, false])
})

test('a forgotten script is known by its reply alone', () => {
  expect([isNoScript(reply('NOSCRIPT x')), isNoScript(new Error('NOSCRIPT x'))]).toEqual([true, false])
})
