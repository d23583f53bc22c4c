import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gathering, withCandidates } from '../../../src/call/gathering.ts';
import { FakeClock } from './fakes.ts';

const bare = 'v=0\r\nm=audio 9 X 0\r\na=mid:0\r\n';
const host = { candidate: 'candidate:1 1 udp 1 192.0.2.1 5000 typ host', sdpMid: '0', sdpMLineIndex: 0 };
const other = { ...host, candidate: 'candidate:2 1 udp 1 192.0.2.2 5000 typ host' };
const end = { candidate: '' };

async function gathered(sdp: string, candidates: readonly (typeof host)[], then: (g: Gathering, c: FakeClock) => void) {
  const clock = new FakeClock();
  const gathering = new Gathering(clock, sdp, candidates);
  let result: string | undefined;
  void gathering.done.then((text) => {
    result = text;
  });
  then(gathering, clock);
  await Promise.resolve();
  return { result, pending: clock.pending, gathering };
}

describe('an SDP waits for the client’s candidates', () => {
  it('until it says that there are no more', async () => {
    const { result, pending } = await gathered(bare, [host], (g) => g.add([other, end]));
    expect(result).toBe(`${bare}a=${host.candidate}\r\na=${other.candidate}\r\n`);
    expect(pending).toBe(0);
  });

  it('until none has come for a while', async () => {
    const { result } = await gathered(bare, [], (g, clock) => {
      clock.advance(300);
      g.add([host]);
      clock.advance(399);
    });
    expect(result).toBeUndefined();
    const after = await gathered(bare, [], (g, clock) => {
      clock.advance(300);
      g.add([host]);
      clock.advance(400);
    });
    expect(after.result).toBe(`${bare}a=${host.candidate}\r\n`);
  });

  it('but not for ever', async () => {
    const { result } = await gathered(bare, [], (g, clock) => {
      for (let at = 0; at < 1_500; at += 100) {
        g.add([host]);
        clock.advance(100);
      }
    });
    expect(result).toBe(`${bare}a=${host.candidate}\r\n`);
  });

  it('less when it has some, and not at all when it says that it has all', async () => {
    const some = `${bare}a=${host.candidate}\r\n`;
    expect((await gathered(some, [], (_g, clock) => clock.advance(200))).result).toBe(some);
    const all = `${some}a=end-of-candidates\r\n`;
    expect((await gathered(all, [], () => undefined)).result).toBe(all);
  });

  it('and says when it is too late for more', async () => {
    const { gathering } = await gathered(bare, [host], (g) => g.finish());
    expect(gathering.add([other])).toBe(false);
  });
});

describe('candidates in an SDP', () => {
  it('stand with the first media, once each, also when the last line has no end', () => {
    const two = `${bare}m=video 0 X 0\r\na=mid:1\r\n`;
    expect(withCandidates(two, [host, host])).toBe(`${bare}a=${host.candidate}\r\nm=video 0 X 0\r\na=mid:1\r\n`);
    expect(withCandidates('m=audio 9 X 0', [host])).toBe(`m=audio 9 X 0\r\na=${host.candidate}\r\n`);
    const has = `${bare}a=${host.candidate}\r\n`;
    expect(withCandidates(has, [host])).toBe(has);
  });

  it('add no line but their own, whatever a client calls a candidate', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).map((text) => `candidate:${text}`),
          { maxLength: 5 },
        ),
        (texts) => {
          const sdp = withCandidates(
            bare,
            texts.map((candidate) => ({ candidate })),
          );
          for (const line of sdp.slice(bare.length).split('\r\n').slice(0, -1)) {
            expect(line).toMatch(/^a=candidate:[\x20-\x7e]+$/);
          }
        },
      ),
    );
    expect(withCandidates(bare, [{ candidate: 'candidate:1\r\na=evil' }])).toBe(bare);
  });
});
