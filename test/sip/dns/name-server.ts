import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** What a name server under test does with a question. */
export interface NameServerScript {
  /** Resource records to answer `type name` with; none there: NXDOMAIN. */
  readonly answers: Readonly<Record<string, readonly Buffer[]>>;
  /** Over UDP, say that the answer did not fit. */
  readonly truncateUdp?: boolean;
  /** Answer every question with SERVFAIL. */
  readonly serverFailure?: boolean;
}

const TYPES: Readonly<Record<number, string>> = { 1: 'a', 28: 'aaaa', 33: 'srv', 35: 'naptr' };

/** A name server on loopback that speaks just enough of RFC 1035. */
export async function startNameServer(script: NameServerScript) {
  const asked: string[] = [];
  const tcp = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const end = 2 + bytes.readUInt16BE(0);
        const reply = answer(bytes.subarray(2, end), script, false, asked);
        bytes = bytes.subarray(end);
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([length, reply]));
      }
    });
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const udp = createSocket('udp4');
  udp.on('message', (question, from) => udp.send(answer(question, script, true, asked), from.port, from.address));
  udp.bind(address.port, '127.0.0.1');
  await once(udp, 'listening');
  return {
    server: `127.0.0.1:${address.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      udp.close();
      tcp.close();
      await once(tcp, 'close');
    },
  };
}

function answer(query: Buffer, script: NameServerScript, isUdp: boolean, asked: string[]): Buffer {
  const { name, end } = readName(query, 12);
  const question = `${TYPES[query.readUInt16BE(end)] ?? 'other'} ${name}`;
  asked.push(`${isUdp ? 'udp' : 'tcp'} ${question}`);
  const truncated = isUdp && script.truncateUdp === true;
  const records = script.answers[question] ?? [];
  const code = script.serverFailure === true ? 2 : records.length === 0 ? 3 : 0;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8580 | (truncated ? 0x0200 : 0) | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(truncated ? 0 : records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, query.subarray(12, end + 4), ...(truncated ? [] : records)]);
}

function readName(bytes: Buffer, at: number): { name: string; end: number } {
  const labels: string[] = [];
  let i = at;
  for (let length = bytes[i] ?? 0; length > 0; length = bytes[i] ?? 0) {
    labels.push(bytes.toString('latin1', i + 1, i + 1 + length));
    i += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: i + 1 };
}

function writeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map(characterString), Buffer.from([0])]);
}

function characterString(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}

function record(type: number, ttlS: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  // The name is that of the question.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttlS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
}

export function aRecord(address: string, ttlS: number): Buffer {
  return record(1, ttlS, Buffer.from(address.split('.').map(Number)));
}

export function srvRecord(priority: number, weight: number, port: number, target: string): Buffer {
  return record(33, 60, Buffer.concat([numbers(priority, weight, port), writeName(target)]));
}

export function naptrRecord(order: number, preference: number, service: string, replacement: string): Buffer {
  const strings = ['s', service, ''].map(characterString);
  return record(35, 60, Buffer.concat([numbers(order, preference), ...strings, writeName(replacement)]));
}
