import { describe, expect, it } from 'vitest';
import { routeRequest } from '../../../../sip/server/dialog/route-set.ts';

const target = 'sip:bob@10.0.0.9';

describe('a request inside a dialog (RFC 3261 §12.2.1.1)', () => {
  it('without routes goes to the remote target', () => {
    expect(routeRequest(target, [])).toEqual({ uri: target, routes: [], nextHop: target });
  });

  it('with a loose router in front keeps the target as Request-URI', () => {
    const routes = ['<sip:p1.example;lr>', '<sip:p2.example>'];
    expect(routeRequest(target, routes)).toEqual({ uri: target, routes, nextHop: 'sip:p1.example;lr' });
  });

  it('with a strict router in front has it as Request-URI and the target at the end', () => {
    expect(routeRequest(target, ['<sip:p1.example>', '<sip:p2.example;lr>'])).toEqual({
      uri: 'sip:p1.example',
      routes: ['<sip:p2.example;lr>', `<${target}>`],
      nextHop: 'sip:p1.example',
    });
  });
});
