import type { EventEmitter } from 'node:events'
import { awaited, called } from '../styles.ts'
import { known } from './client.ts'

interface Connection extends EventEmitter {
  onConnect(timeoutMs: number, disableAutoReconnect: boolean): Promise<void>
  queueDeclare(options: object): Promise<unknown>
  queueDelete(options: object): Promise<unknown>
  createPublisher(options: object): Publisher
  createConsumer(options: object, handler: () => void): EventEmitter & { close(): Promise<void> }
  close(): Promise<void>
}

interface Publisher {
  send(queue: string, body: string): Promise<void>
  close(): Promise<void>
}

interface Client {
  connection: Connection
  publisher: Publisher
  queue: string
}

export const rabbitmq = known<Client>({
  name: 'rabbitmq-client',
  aliases: ['rabbitmq', 'amqp'],
  packages: ['rabbitmq-client'],
  schemes: ['amqp:', 'amqps:'],
  variables: ['AMQP_URL', 'RABBITMQ_URL'],
  probe: ([module], url, deadlineMs) => ({
    async open() {
      const Connection = (module as { Connection: new (options: object) => Connection }).Connection
      const connection = new Connection({ url, connectionTimeout: deadlineMs }).on('error', () => {})
      await connection.onConnect(deadlineMs, true)
      const queue = `fiber-work.doctor.${process.pid}`
      await connection.queueDeclare({ queue, autoDelete: true, exclusive: true })
      return { connection, queue, publisher: connection.createPublisher({ confirm: true }) }
    },
    async close({ connection, publisher, queue }) {
      await publisher.close()
      await connection.queueDelete({ queue })
      await connection.close()
    },
    ways: [
      ...awaited<Client>('publisher.send(queue, body)', ({ publisher, queue }) => publisher.send(queue, 'x')),
      ...awaited<Client>('connection.queueDeclare(…)', ({ connection, queue }) =>
        connection.queueDeclare({ queue, passive: true }),
      ).slice(0, 1),
      called('event', 'connection.createConsumer(…, handler)', async ({ connection, publisher, queue }, heard) => {
        const consumer = connection.createConsumer({ queue, noAck: true, queueOptions: { passive: true } }, () =>
          heard(),
        )
        consumer.on('error', () => {})
        await publisher.send(queue, 'x')
      }),
    ],
  }),
})
