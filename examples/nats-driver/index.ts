import type { Driver, DriverRegistration, StoreOptions } from 'fiber-work/driver'
import { NatsDriver } from './driver.ts'
import { placeOf } from './url.ts'

/** A driver for one NATS server with JetStream; each worker and each client has its own. */
export function natsDriver(url: string, options: StoreOptions): Driver {
  return new NatsDriver(placeOf(url), options)
}

/** What `registerDriver` and `fiber-work --driver` take. */
const nats: DriverRegistration = {
  schemes: ['nats:', 'nats+tls:'],
  store(url, options) {
    const place = placeOf(url)
    return () => new NatsDriver(place, options)
  },
}
export default nats
