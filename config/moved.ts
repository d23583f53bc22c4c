/** Keys of earlier releases: what became of them, in the words of a fault. */

interface Moved {
  readonly problem: string;
  readonly expected: string;
  readonly example: string;
}

const intoServers = (name: string, value: string): Moved => ({
  problem: 'this key has moved: there may be several drachtio servers now',
  expected: `${name} inside sip.drachtio.servers`,
  example: `drachtio:\n  servers:\n    - { host: 127.0.0.1, ${name}: ${value} }`,
});

const MOVED: Readonly<Record<string, Moved>> = {
  'sip.drachtio.host': {
    problem: 'this key has moved: there may be several drachtio servers now',
    expected: 'host inside sip.drachtio.servers',
    example: 'drachtio:\n  servers:\n    - { host: 127.0.0.1, secret_file: /run/secrets/drachtio }',
  },
  'sip.drachtio.port': intoServers('port', '9022'),
  'sip.drachtio.secret': intoServers('secret', 'cymru'),
  'sip.drachtio.secret_file': intoServers('secret_file', '/run/secrets/drachtio'),
};

/** What to say of an unknown key that an earlier release had. @param path as in faults: `sip.drachtio.host` */
export function movedKey(path: string): Moved | undefined {
  return Object.hasOwn(MOVED, path) ? MOVED[path] : undefined;
}
