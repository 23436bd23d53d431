import { Frames, partsOf, type Protocol } from './protocol.ts'

const headBytes = 4
const ok = 0x00
const quit = 0x01
const eof = 0xfe
const err = 0xff
/** In the status of the server: the answer of another statement follows. */
const moreFollows = 0x0008

/**
 * The protocol of MySQL and MariaDB, as mysql2 speaks it (columns and rows end with an EOF): a request is a command, and its reply the answers of all
 * its statements. What comes before the first command is neither. A packet of 16 MB and more would not be understood.
 */
export const mysqlProtocol: Protocol = () => {
  const [requests, replies] = [new Frames(endOf), new Frames(endOf)]
  let open = 0
  let answer = new Answer()
  const isCommand = (packet: Buffer) => {
    const command = packet[3] === 0 && packet[headBytes] !== quit
    if (command) open++
    return command
  }
  const isLast = (packet: Buffer) => {
    if (open === 0 || !answer.endsWith(packet.subarray(headBytes))) return false
    open--
    answer = new Answer()
    return true
  }
  return {
    fromClient: (chunk) => partsOf(requests.feed(chunk), isCommand),
    fromServer: (chunk) => partsOf(replies.feed(chunk), isLast),
  }
}

/** What the server answers to one command: for each of its statements an OK, or columns and then rows; an error ends it all. */
class Answer {
  #next: 'statement' | 'columns' | 'rows' = 'statement'

  endsWith(payload: Buffer): boolean {
    if (payload[0] === err) return true
    if (this.#next === 'statement') {
      if (payload[0] === ok) return !isContinued(statusOfOk(payload))
      this.#next = 'columns'
    } else if (isEof(payload)) {
      if (this.#next === 'rows') return this.#endOfRows(payload)
      this.#next = 'rows'
    }
    return false
  }

  #endOfRows(payload: Buffer): boolean {
    this.#next = 'statement'
    return !isContinued(payload.readUInt16LE(3))
  }
}

const isContinued = (status: number): boolean => (status & moreFollows) !== 0

/** A row may begin with the same byte: it is longer. */
const isEof = (payload: Buffer): boolean => payload[0] === eof && payload.length < 9

/** Behind two numbers: of rows, and of the last id. */
function statusOfOk(payload: Buffer): number {
  const rows = 1 + numberBytes(payload[1]!)
  return payload.readUInt16LE(rows + numberBytes(payload[rows]!))
}

/** How many bytes a number takes that begins with this one. */
function numberBytes(first: number): number {
  return { 0xfc: 3, 0xfd: 4, 0xfe: 9 }[first] ?? 1
}

function endOf(bytes: Buffer): number {
  if (bytes.length < headBytes) return -1
  const end = headBytes + bytes.readUIntLE(0, 3)
  return end <= bytes.length ? end : -1
}
