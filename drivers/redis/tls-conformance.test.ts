import { RedisServer } from '../../stress/servers/redis.ts'
import { lawsOfTheWay, lawsOn } from '../../test/support/redis-laws.ts'
import { cert, key } from '../../test/support/tls.ts'

await lawsOn(
  () => RedisServer.start({ tls: { key, cert, ca: cert, clientCertificates: true } }),
  ({ port }) => [
    {
      name: 'redis over TLS with a client certificate',
      options: { redis: { host: 'localhost', port, tls: { ca: cert, cert, key } } },
      runner: lawsOfTheWay,
    },
  ],
)
