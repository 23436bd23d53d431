import { RedisServer } from '../../stress/servers/redis.ts'
import { lawsOn } from '../../test/support/redis-laws.ts'
import { redisRights } from '../../test/support/redis-rights.ts'
import { cert, key } from '../../test/support/tls.ts'

// By a user who has the rights that the README names, and no others.
await lawsOn(
  async () => {
    const server = await RedisServer.start({ tls: { key, cert, ca: cert, clientCertificates: true } })
    const rights = redisRights().map((rule) => rule.replace('~{fiber-work}:', '~{test-*}:'))
    await server.say('ACL', 'SETUSER', 'jobs', 'on', '>pw', ...rights)
    return server
  },
  ({ port }) => {
    const tls = { ca: cert, cert, key }
    const redis = { host: 'localhost', port, username: 'jobs', password: 'pw', tls }
    return [{ name: 'redis over TLS with a client certificate and few rights', options: { redis } }]
  },
)
