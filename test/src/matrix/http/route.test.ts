import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeRequest } from '../../../../src/matrix/http/route.ts';

const PSTN = 'm.protocol.pstn';

describe('paths of the application service API', () => {
  it.each<[string, string, unknown, boolean]>([
    ['PUT', '/_matrix/app/v1/transactions/35', { type: 'transaction', txnId: '35' }, false],
    ['PUT', '/transactions/35', { type: 'transaction', txnId: '35' }, true],
    ['GET', '/_matrix/app/v1/users/%40_sip_1%3D40h%3Ahs', { type: 'user-query', userId: '@_sip_1=40h:hs' }, false],
    ['GET', '/users/@a:hs', { type: 'user-query', userId: '@a:hs' }, true],
    ['GET', '/_matrix/app/v1/rooms/%23a%3Ahs', { type: 'room-query', alias: '#a:hs' }, false],
    ['GET', '/rooms/%23a%3Ahs', { type: 'room-query', alias: '#a:hs' }, true],
    ['POST', '/_matrix/app/v1/ping', { type: 'ping' }, false],
    ['GET', `/_matrix/app/v1/thirdparty/protocol/${PSTN}`, { type: 'protocol', protocol: PSTN }, false],
    ['GET', `/_matrix/app/unstable/thirdparty/protocol/${PSTN}`, { type: 'protocol', protocol: PSTN }, true],
    [
      'GET',
      `/_matrix/app/v1/thirdparty/user/${PSTN}?m.id.phone=%2B44+1632%20960000`,
      { type: 'user-lookup', protocol: PSTN, phone: '+44 1632 960000' },
      false,
    ],
    [
      'GET',
      `/_matrix/app/unstable/thirdparty/user/${PSTN}?access_token=t&m.id.phone=1&m.id.phone=2`,
      { type: 'user-lookup', protocol: PSTN, phone: '1' },
      true,
    ],
    ['GET', `/_matrix/app/v1/thirdparty/user/${PSTN}`, { type: 'user-lookup', protocol: PSTN }, false],
    [
      'GET',
      '/_matrix/app/v1/thirdparty/user?userid=%40_sip_1%2540h%3Ahs',
      { type: 'user-reverse', userId: '@_sip_1%40h:hs' },
      false,
    ],
    ['GET', '/_matrix/app/v1/thirdparty/user', { type: 'user-reverse' }, false],
    ['GET', '/_matrix/app/v1/thirdparty/location?alias=%23a%3Ahs', { type: 'location' }, false],
    ['GET', `/_matrix/app/v1/thirdparty/location/${PSTN}`, { type: 'location' }, false],
  ])('%s %s', (method, target, request, legacy) => {
    expect(routeRequest(method, target)).toEqual({ type: 'found', request, legacy });
  });

  it.each([
    ['POST', '/_matrix/app/v1/transactions/1', 'PUT'],
    ['GET', '/_matrix/app/v1/ping', 'POST'],
    ['DELETE', '/users/@a:hs', 'GET'],
    ['PUT', `/_matrix/app/v1/thirdparty/protocol/${PSTN}`, 'GET'],
  ])('%s %s is the wrong method', (method, target, allow) => {
    expect(routeRequest(method, target)).toEqual({ type: 'wrong-method', allow });
  });

  it.each([
    '/',
    '/_matrix/app/v1',
    '/_matrix/app/v1/',
    '/_matrix/app/v1/unknown',
    '/_matrix/app/v2/transactions/1',
    '/_matrix/app/v1/transactions',
    '/_matrix/app/v1/transactions/',
    '/_matrix/app/v1/transactions/1/2',
    '/_matrix/app/v1/thirdparty/room/x',
    '/_matrix/app/unstable/transactions/1',
    '/_matrix/client/v3/sync',
    '/ping',
    '/thirdparty/user',
    '/users/%zz',
    '/users/%ff',
  ])('%s is nothing', (target) => {
    expect(routeRequest('GET', target)).toEqual({ type: 'unknown-path' });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (method, target) => void routeRequest(method, target)));
    fc.assert(fc.property(fc.string(), (rest) => void routeRequest('GET', `/_matrix/app/v1/${rest}`)));
  });
});
