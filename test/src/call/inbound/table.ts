/**
 * What a call in makes of each event, in each of the states of `samples.ts`: `-` nothing, `=` the same state and these effects,
 * `~` a changed state in the same phase, `→` another phase.
 */
export const table: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'sip-invite': {
    'new': '→ deciding | decideInbound',
    'deciding seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
  },
  'sip-acknowledged': {
    'new deciding seeking waiting unsent one two all first room taking early talking ended forwarding onward': '-',
    'connecting unacknowledged': '~',
    late: '→ ended | hangupSip 88 | hangupMatrix unknown_error | notice no-common-codec | closeMedia | finish no-common-codec by gateway',
  },
  'sip-acknowledged sdp': {
    'new deciding seeking waiting unsent one two all first room taking early talking ended forwarding onward': '-',
    'connecting unacknowledged': '~',
    late: '~ | acceptFinalMedia ack ack | connectMedia',
  },
  'sip-failed cancelled': {
    'new ended': '-',
    deciding: '→ ended | finish cancelled by caller',
    seeking: '→ ended | endRing 1 user_hangup | closeMedia | finish cancelled by caller',
    'waiting unsent one first room':
      '→ ended | endRing 1 user_hangup | tellMissed 1 givenUp | closeMedia | finish cancelled by caller',
    'two all':
      '→ ended | endRing 1 user_hangup | endRing 2 user_hangup | tellMissed 1 givenUp | tellMissed 2 givenUp | closeMedia | finish cancelled by caller',
    'taking early':
      '→ ended | hangupMatrix user_hangup | notice ended-at-once | closeMedia | finish ended-at-once by caller',
    'connecting unacknowledged late talking':
      '→ ended | hangupMatrix unknown_error | notice connection-lost | closeMedia | finish connection-lost by network',
    forwarding: '→ ended | cancelForward | tellMissed 1 | closeMedia | finish cancelled by caller',
    onward: '→ ended | cancelForward | closeMedia | finish cancelled by caller',
  },
  'sip-failed elsewhere': {
    'new ended': '-',
    deciding: '→ ended | finish answered-elsewhere by caller',
    'seeking waiting unsent one first room':
      '→ ended | endRing 1 answered_elsewhere | closeMedia | finish answered-elsewhere by caller',
    'two all':
      '→ ended | endRing 1 answered_elsewhere | endRing 2 answered_elsewhere | closeMedia | finish answered-elsewhere by caller',
    'taking early': '→ ended | hangupMatrix user_hangup | closeMedia | finish answered-elsewhere by caller',
    'connecting unacknowledged late talking':
      '→ ended | hangupMatrix unknown_error | notice connection-lost | closeMedia | finish connection-lost by network',
    'forwarding onward': '→ ended | cancelForward | closeMedia | finish answered-elsewhere by caller',
  },
  'inbound-decided ring': {
    'new seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
    deciding:
      '→ ringing | prepareInbound theirs | setRingTimer silence 1000 | setRingTimer step 30000 | seekRoom 1 @alice',
  },
  'inbound-decided nobody': {
    'new seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
    deciding: '→ ended | refuseSip 480/20 | closeMedia | finish not-reachable by callee',
  },
  'inbound-decided refuse': {
    'new seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
    deciding: '→ ended | refuseSip 404/1 | finish number-not-in-service by gateway',
  },
  'media-ready': {
    'new deciding seeking unsent one two all first room taking early connecting unacknowledged late talking ended forwarding':
      '-',
    waiting: '~ | inviteClient 1 our-offer 30000',
    onward: '~ | startForward +441818118182 by @alice',
  },
  'ring-room': {
    'new deciding waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
    seeking: '~ | inviteClient 1 our-offer 30000',
  },
  'ring-room busy': {
    'new deciding waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
    seeking:
      '→ ended | dropRing 1 | clearRingTimer step | refuseSip 486/17 | tellMissed 1 | closeMedia | finish line-busy by callee',
  },
  'ring-unreachable': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    seeking:
      '→ ended | dropRing 1 | clearRingTimer step | refuseSip 480/20 | closeMedia | finish not-reachable by callee',
    'waiting unsent one room':
      '→ ended | dropRing 1 | clearRingTimer step | refuseSip 480/20 | tellMissed 1 | closeMedia | finish not-reachable by callee',
    'two all': '~ | dropRing 1',
    first: '~ | dropRing 1 | clearRingTimer step | setRingTimer step 25000 | seekRoom 2 @bob',
  },
  'ring-unreachable homeserver': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    seeking:
      '→ ended | dropRing 1 | clearRingTimer step | refuseSip 503/41 | closeMedia | finish gateway-problem by gateway',
    'waiting unsent one room':
      '→ ended | dropRing 1 | clearRingTimer step | refuseSip 503/41 | tellMissed 1 | closeMedia | finish gateway-problem by gateway',
    'two all': '~ | dropRing 1',
    first: '~ | dropRing 1 | clearRingTimer step | setRingTimer step 25000 | seekRoom 2 @bob',
  },
  'ring-sent': {
    'new deciding one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
    'seeking waiting unsent': '~ | clearRingTimer silence | alertSip | setRingTimer again 60000',
  },
  'ring-answer': {
    'new deciding seeking waiting taking early connecting unacknowledged late talking ended forwarding onward': '-',
    'unsent one first':
      '→ early | selectAnswer 1 PHONE | clearRingTimer step | clearRingTimer silence | clearRingTimer again | acceptClient answer [] | setRingTimer audio 2000',
    two: '→ early | selectAnswer 1 PHONE | clearRingTimer step | clearRingTimer silence | clearRingTimer again | endRing 2 answered_elsewhere | acceptClient answer [a] | setRingTimer audio 2000 | tellAnsweredBy 2 @alice:example.org',
    all: '→ early | selectAnswer 1 PHONE | clearRingTimer step | clearRingTimer silence | clearRingTimer again | endRing 2 answered_elsewhere | acceptClient answer [] | setRingTimer audio 2000 | tellAnsweredBy 2 @alice:example.org',
    room: '→ early | selectAnswer 1 PHONE | clearRingTimer step | clearRingTimer silence | clearRingTimer again | acceptClient answer [] | setRingTimer audio 2000 | tellAnsweredBy 1 @alice:example.org',
  },
  'ring-answer of nobody': {
    'new deciding seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
  },
  'ring-candidates': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    'seeking waiting unsent one two all first room': '~',
  },
  'ring-reject': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    'seeking waiting unsent one':
      '→ ended | endRing 1 user_hangup | clearRingTimer step | refuseSip 486/21 | closeMedia | finish declined by callee',
    two: '~ | endRing 1 user_hangup',
    all: '→ ended | endRing 1 user_hangup | refuseSip 486/21 | endRing 2 user_hangup | tellMissed 2 | closeMedia | finish declined by callee',
    first: '~ | endRing 1 user_hangup | clearRingTimer step | setRingTimer step 25000 | seekRoom 2 @bob',
    room: '~',
  },
  'ring-reject busy': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    seeking:
      '→ ended | endRing 1 user_hangup | clearRingTimer step | refuseSip 486/17 | closeMedia | finish line-busy by callee',
    'waiting unsent one':
      '→ ended | endRing 1 user_hangup | clearRingTimer step | refuseSip 486/17 | tellMissed 1 | closeMedia | finish line-busy by callee',
    'two all': '~ | endRing 1 user_hangup',
    first: '~ | endRing 1 user_hangup | clearRingTimer step | setRingTimer step 25000 | seekRoom 2 @bob',
    room: '~',
  },
  'ring-hangup': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    'seeking waiting unsent one':
      '→ ended | endRing 1 user_hangup | clearRingTimer step | refuseSip 486/21 | closeMedia | finish declined by callee',
    two: '~ | endRing 1 user_hangup',
    all: '→ ended | endRing 1 user_hangup | refuseSip 486/21 | endRing 2 user_hangup | tellMissed 2 | closeMedia | finish declined by callee',
    first: '~ | endRing 1 user_hangup | clearRingTimer step | setRingTimer step 25000 | seekRoom 2 @bob',
    room: '~',
  },
  'ring-hangup busy': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    seeking:
      '→ ended | endRing 1 user_hangup | clearRingTimer step | refuseSip 486/17 | closeMedia | finish line-busy by callee',
    'waiting unsent one':
      '→ ended | endRing 1 user_hangup | clearRingTimer step | refuseSip 486/17 | tellMissed 1 | closeMedia | finish line-busy by callee',
    'two all': '~ | endRing 1 user_hangup',
    first: '~ | endRing 1 user_hangup | clearRingTimer step | setRingTimer step 25000 | seekRoom 2 @bob',
    room: '~',
  },
  'ring-hangup no microphone': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    'seeking waiting unsent one two all first room': '~',
  },
  'ring-hangup time over': {
    'new deciding seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
  },
  'ring-left': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    seeking:
      '→ ended | dropRing 1 | clearRingTimer step | refuseSip 480/20 | closeMedia | finish not-reachable by callee',
    'waiting unsent one room':
      '→ ended | dropRing 1 | clearRingTimer step | refuseSip 480/20 | tellMissed 1 | closeMedia | finish not-reachable by callee',
    'two all': '~ | dropRing 1',
    first: '~ | dropRing 1 | clearRingTimer step | setRingTimer step 25000 | seekRoom 2 @bob',
  },
  'ring-yields': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    seeking:
      '→ ended | endRing 1 user_busy | clearRingTimer step | refuseSip 486/17 | closeMedia | finish line-busy by callee',
    'waiting unsent one room':
      '→ ended | endRing 1 user_busy | clearRingTimer step | refuseSip 486/17 | tellMissed 1 | closeMedia | finish line-busy by callee',
    'two all': '~ | endRing 1 user_busy',
    first: '~ | endRing 1 user_busy | clearRingTimer step | setRingTimer step 25000 | seekRoom 2 @bob',
  },
  'client-accepted': {
    'new deciding seeking waiting unsent one two all first room early connecting unacknowledged late talking ended forwarding onward':
      '-',
    taking: '~',
  },
  'client-accepted offer': {
    'new deciding seeking waiting unsent one two all first room early connecting unacknowledged late talking ended forwarding onward':
      '-',
    taking: '~',
  },
  'ring-timer step': {
    'new deciding taking early connecting unacknowledged late talking ended forwarding onward': '-',
    seeking: '→ ended | endRing 1 invite_timeout | refuseSip 480/20 | closeMedia | finish not-reachable by callee',
    waiting:
      '→ ended | endRing 1 invite_timeout | refuseSip 480/20 | tellMissed 1 | closeMedia | finish not-reachable by callee',
    unsent:
      '→ ended | endRing 1 invite_timeout | refuseSip 503/41 | tellMissed 1 | closeMedia | finish gateway-problem by gateway',
    'one room':
      '→ ended | endRing 1 invite_timeout | refuseSip 480/19 | tellMissed 1 | closeMedia | finish no-answer by callee',
    'two all':
      '→ ended | endRing 1 invite_timeout | endRing 2 invite_timeout | refuseSip 480/19 | tellMissed 1 | tellMissed 2 | closeMedia | finish no-answer by callee',
    first: '~ | endRing 1 invite_timeout | setRingTimer step 25000 | seekRoom 2 @bob',
  },
  'ring-timer again': {
    'new deciding taking early connecting unacknowledged late talking ended': '-',
    'seeking waiting unsent one two all first room': '= | alertSip | setRingTimer again 60000',
    forwarding: '= | clearRingTimer silence | alertSip | setRingTimer again 60000',
    onward: '~ | clearRingTimer silence | alertSip | setRingTimer again 60000',
  },
  'ring-timer silence': {
    'new deciding one two all first room taking early connecting unacknowledged late talking ended forwarding': '-',
    'seeking waiting unsent': '~ | clearRingTimer silence | alertSip | setRingTimer again 60000',
    onward: '~ | clearRingTimer silence | alertSip | setRingTimer again 60000',
  },
  'ring-timer audio': {
    'new deciding seeking waiting unsent one two all first room taking connecting unacknowledged late talking ended forwarding onward':
      '-',
    early: '→ connecting | clearRingTimer audio | answerSip our-answer | connectMedia | setTimer connect 30000',
  },
  'webrtc-connected': {
    'new deciding seeking waiting unsent one two all first room unacknowledged late talking ended forwarding onward':
      '-',
    taking: '~',
    early: '→ talking | clearRingTimer audio | answerSip our-answer | connectMedia',
    connecting: '→ talking | clearTimer connect',
  },
  'matrix-hangup': {
    'new deciding seeking waiting unsent one two all first room ended forwarding onward': '-',
    'taking early connecting unacknowledged late talking':
      '→ ended | hangupSip 16 | closeMedia | finish normal by callee',
  },
  'matrix-hangup no audio': {
    'new deciding seeking waiting unsent one two all first room ended forwarding onward': '-',
    'taking early connecting unacknowledged late talking':
      '→ ended | hangupSip 41 | notice media-never | closeMedia | finish media-never by callee',
  },
  'matrix-select-answer': {
    'new deciding seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
  },
  'media-failed prepare': {
    'new deciding taking early connecting unacknowledged late talking ended': '-',
    'seeking waiting unsent one first room':
      '→ ended | refuseSip 488/88 | endRing 1 unknown_error | closeMedia | finish no-common-codec by gateway',
    'two all':
      '→ ended | refuseSip 488/88 | endRing 1 unknown_error | endRing 2 unknown_error | closeMedia | finish no-common-codec by gateway',
    forwarding:
      '→ ended | cancelForward | hangupSip 31 | tellMissed 1 | closeMedia | finish no-common-codec by gateway',
    onward: '→ ended | cancelForward | hangupSip 31 | closeMedia | finish no-common-codec by gateway',
  },
  'media-failed matrix-answer': {
    'new deciding seeking waiting unsent one two all first room ended forwarding onward': '-',
    taking:
      '→ ended | hangupSip 41 | hangupMatrix unknown_error | notice client-offer-unusable | closeMedia | finish client-offer-unusable by gateway',
    'early connecting unacknowledged late talking':
      '→ ended | hangupSip 41 | hangupMatrix unknown_error | notice technical-error | closeMedia | finish technical-error by gateway',
  },
  'engine-failed': {
    'new deciding ended': '-',
    seeking: '→ ended | refuseSip 503/41 | endRing 1 unknown_error | closeMedia | finish gateway-problem by gateway',
    'waiting unsent one first room':
      '→ ended | refuseSip 503/41 | endRing 1 unknown_error | tellMissed 1 | closeMedia | finish gateway-problem by gateway',
    'two all':
      '→ ended | refuseSip 503/41 | endRing 1 unknown_error | endRing 2 unknown_error | tellMissed 1 | tellMissed 2 | closeMedia | finish gateway-problem by gateway',
    'taking early connecting unacknowledged late talking':
      '→ ended | hangupSip 31 | hangupMatrix unknown_error | notice gateway-problem | closeMedia | finish gateway-problem by gateway',
    forwarding:
      '→ ended | cancelForward | hangupSip 31 | tellMissed 1 | closeMedia | finish gateway-problem by gateway',
    onward: '→ ended | cancelForward | hangupSip 31 | closeMedia | finish gateway-problem by gateway',
  },
  'gateway-failed': {
    'new seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended forwarding onward':
      '-',
    deciding: '→ ended | refuseSip 503/41 | finish gateway-problem by gateway',
  },
  'sip-reoffer': {
    'new deciding seeking waiting unsent one two all first room taking early connecting unacknowledged late ended':
      '= | refuseSipReoffer 7 500',
    talking: '~ | answerSipReoffer 7 theirs sendrecv',
    'forwarding onward': '= | refuseSipReoffer 7 500',
  },
  'sip-refer': {
    'new deciding seeking waiting unsent one two all first room taking early connecting ended':
      '= | refuseReferral 8 603',
    'unacknowledged late talking': '→ referred | startReferral 8',
    'forwarding onward': '= | refuseReferral 8 603',
  },
  'sip-ended': {
    'new deciding seeking waiting unsent one two all first room ended': '-',
    'taking early connecting unacknowledged late talking':
      '→ ended | hangupMatrix user_hangup | closeMedia | finish normal by caller',
    forwarding: '→ ended | cancelForward | tellMissed 1 | closeMedia | finish normal by caller',
    onward: '→ ended | cancelForward | closeMedia | finish normal by caller',
  },
  shutdown: {
    'new ended': '-',
    deciding: '→ ended | refuseSip 503/41 | finish gateway-stopping by gateway',
    seeking: '→ ended | refuseSip 503/41 | endRing 1 unknown_error | closeMedia | finish gateway-stopping by gateway',
    'waiting unsent one first room':
      '→ ended | refuseSip 503/41 | endRing 1 unknown_error | tellMissed 1 | closeMedia | finish gateway-stopping by gateway',
    'two all':
      '→ ended | refuseSip 503/41 | endRing 1 unknown_error | endRing 2 unknown_error | tellMissed 1 | tellMissed 2 | closeMedia | finish gateway-stopping by gateway',
    'taking early connecting unacknowledged late talking':
      '→ ended | hangupSip 31 | hangupMatrix unknown_error | notice gateway-stopping | closeMedia | finish gateway-stopping by gateway',
    forwarding:
      '→ ended | cancelForward | hangupSip 31 | tellMissed 1 | closeMedia | finish gateway-stopping by gateway',
    onward: '→ ended | cancelForward | hangupSip 31 | closeMedia | finish gateway-stopping by gateway',
  },
  'end-now': {
    'new ended': '-',
    deciding: '→ ended | refuseSip 480/31 | finish ended-by-administrator by gateway',
    seeking:
      '→ ended | refuseSip 480/31 | endRing 1 user_hangup | closeMedia | finish ended-by-administrator by gateway',
    'waiting unsent one first room':
      '→ ended | refuseSip 480/31 | endRing 1 user_hangup | tellMissed 1 | closeMedia | finish ended-by-administrator by gateway',
    'two all':
      '→ ended | refuseSip 480/31 | endRing 1 user_hangup | endRing 2 user_hangup | tellMissed 1 | tellMissed 2 | closeMedia | finish ended-by-administrator by gateway',
    'taking early connecting unacknowledged late talking':
      '→ ended | hangupSip 16 | hangupMatrix user_hangup | notice ended-by-administrator | closeMedia | finish ended-by-administrator by gateway',
    forwarding:
      '→ ended | cancelForward | hangupSip 31 | tellMissed 1 | closeMedia | finish ended-by-administrator by gateway',
    onward: '→ ended | cancelForward | hangupSip 31 | closeMedia | finish ended-by-administrator by gateway',
  },
  'forward-rings': {
    'new deciding seeking waiting unsent one two all first room forwarding taking early connecting unacknowledged late talking ended':
      '-',
    onward: '~ | clearRingTimer silence | alertSip | setRingTimer again 60000',
  },
  'forward-done': {
    'new deciding seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended':
      '-',
    forwarding: '→ ended | tellForwarded 1 +441818118182 | finish forwarded by callee',
    onward: '→ ended | finish forwarded by callee',
  },
  'forward-failed': {
    'new deciding seeking waiting unsent one two all first room taking early connecting unacknowledged late talking ended':
      '-',
    forwarding: '→ ended | hangupSip 17 | tellMissed 1 | closeMedia | finish line-busy by callee',
    onward: '→ ended | hangupSip 17 | closeMedia | finish line-busy by callee',
  },
  'inbound-decided forward': {
    'new seeking waiting unsent one two all first room forwarding onward taking early connecting unacknowledged late talking ended':
      '-',
    deciding: '→ forwarding | prepareInbound theirs | setRingTimer silence 1000 | clearRingTimer step',
  },
};
